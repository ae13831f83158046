SELECT id, mover_id, what, at, heard_at, note, username
FROM task_step
WHERE task_id = %(task)s AND id > %(after)s
ORDER BY id
LIMIT %(limit)s;
