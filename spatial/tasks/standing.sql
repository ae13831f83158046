SELECT state, reason, note, attachment, delivered_at, read_at, answered_at, done_at
FROM task_recipient
WHERE task_id = %(task)s AND mover_id = %(mover)s
FOR UPDATE;
