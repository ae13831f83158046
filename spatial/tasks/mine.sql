SELECT t.id, t.kind, t.title, t.text, t.state, e.id AS event_id, p.id AS place_id, c.id AS component_id,
       ST_AsGeoJSON(t.geom, 7)::jsonb AS geometry, t.due_at, t.confirm_by, t.reminders, t.reason, t.username,
       t.created_at, r.state AS my_state, r.reason AS my_reason, r.note AS my_note, r.attachment, r.delivered_at,
       r.read_at, r.answered_at, r.done_at
FROM task_recipient AS r
JOIN task AS t ON t.id = r.task_id
LEFT JOIN event AS e ON e.id = t.event_id
LEFT JOIN place AS p ON p.id = t.place_id
LEFT JOIN component AS c ON c.id = t.component_id
WHERE r.mover_id = (SELECT m.id FROM mover AS m WHERE m.worker_id = %(worker)s)
  AND (%(open)s::boolean IS NULL
       OR (t.state = 'open' AND CASE t.kind WHEN 'task' THEN r.state NOT IN ('done', 'declined')
                                            ELSE r.state IN ('sent', 'delivered') END) = %(open)s)
  AND (%(before)s::bigint IS NULL OR r.task_id < %(before)s)
ORDER BY r.task_id DESC
LIMIT %(limit)s;
