-- A message of what has changed since is worse than none: whoever it was given to must have it still, and what a
-- warning warns of must not be done.
WITH taken AS (
    DELETE FROM message_due AS d
    USING (SELECT id FROM message_due ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED) AS first
    WHERE d.id = first.id
    RETURNING d.id, d.occasion, d.event_id, d.step_id, d.warning_id
)
SELECT t.id, t.occasion, t.event_id, t.step_id, t.warning_id,
       CASE
           WHEN w.id IS NOT NULL THEN e.state = w.state AND e.due_at = w.due_at
           WHEN t.occasion = 'supervised' THEN e.state NOT IN ('closed', 'rejected', 'merged', 'cancelled')
           ELSE e.state = s.to_state AND (s.worker_id IS NULL OR s.worker_id = e.worker_id)
                AND (s.organisation_id IS NULL OR s.organisation_id = e.organisation_id)
       END AS holds,
       e.category, e.urgency, e.no, e.title, coalesce(e.address, '') AS address, m.name AS category_name,
       coalesce(to_char(e.due_at AT TIME ZONE 'Asia/Shanghai', 'MM-DD HH24:MI'), '') AS due, w.share
FROM taken AS t
JOIN event AS e ON e.id = t.event_id
JOIN matter AS m ON m.code = e.category
LEFT JOIN event_step AS s ON s.id = t.step_id
LEFT JOIN event_warning AS w ON w.id = t.warning_id
ORDER BY t.id;
