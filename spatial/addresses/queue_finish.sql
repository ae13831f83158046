UPDATE address_job
SET state = %(state)s, report = coalesce(%(report)s, report), problems = %(problems)s, result = %(result)s, progress = 1, file = NULL,
    ended_at = now()
WHERE id = %(id)s;
