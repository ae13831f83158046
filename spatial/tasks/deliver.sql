WITH delivered AS (
    UPDATE task_recipient AS r
    SET state = 'delivered', delivered_at = now()
    WHERE r.task_id = ANY (%(tasks)s) AND r.state = 'sent'
      AND r.mover_id = (SELECT m.id FROM mover AS m WHERE m.worker_id = %(worker)s)
    RETURNING r.task_id, r.mover_id
), noted AS (
    INSERT INTO task_step (task_id, mover_id, what, at, account_id, username)
    SELECT task_id, mover_id, 'delivered', now(), %(account)s, %(username)s FROM delivered
    ON CONFLICT DO NOTHING
)
SELECT task_id, mover_id FROM delivered ORDER BY task_id;
