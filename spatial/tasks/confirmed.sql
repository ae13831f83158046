WITH delivered AS (
    UPDATE task_recipient AS r
    SET state = CASE r.state WHEN 'sent' THEN 'delivered' ELSE r.state END, delivered_at = coalesce(d.done_at, now())
    FROM downlink AS d
    WHERE d.id = r.downlink_id AND r.delivered_at IS NULL AND d.state = 'confirmed'
    RETURNING r.task_id, r.mover_id, r.delivered_at
), noted AS (
    INSERT INTO task_step (task_id, mover_id, what, at)
    SELECT task_id, mover_id, 'delivered', delivered_at FROM delivered
    ON CONFLICT DO NOTHING
)
SELECT task_id, mover_id FROM delivered ORDER BY task_id, mover_id;
