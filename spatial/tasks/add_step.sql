-- What was heard before is there already.
INSERT INTO task_step (task_id, mover_id, what, at, note, account_id, username)
VALUES (%(task)s, %(mover)s, %(what)s, %(at)s, %(note)s, %(account)s, %(username)s)
ON CONFLICT DO NOTHING;
