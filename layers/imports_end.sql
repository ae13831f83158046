UPDATE import SET state = %(state)s, layers = %(layers)s, problems = %(problems)s, progress = 1, ended_at = now()
WHERE id = %(id)s
RETURNING pg_advisory_unlock(hashtext('citygrid.import'), id::integer);
