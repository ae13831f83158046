UPDATE plan_import SET state = 'done', stage = '', progress = 1, step = %(step)s, file = NULL, ended_at = now()
WHERE id = %(id)s AND state = 'running';
