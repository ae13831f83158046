UPDATE address_job SET progress = %(progress)s, report = coalesce(%(report)s, report)
WHERE id = %(id)s AND state = 'running';
