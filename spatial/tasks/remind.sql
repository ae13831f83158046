INSERT INTO task_step (task_id, mover_id, what, at)
SELECT task_id, mover_id, 'reminded', %(now)s
FROM task_recipient
WHERE task_id = %(task)s AND state = ANY (%(states)s)
ORDER BY mover_id
RETURNING mover_id;
