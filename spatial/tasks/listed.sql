-- What a task is about is told as far as the reader sees it.
SELECT t.id, t.kind, t.title, t.text, t.state, e.id AS event_id, p.id AS place_id, c.id AS component_id,
       ST_AsGeoJSON(t.geom, 7)::jsonb AS geometry, t.due_at, t.confirm_by, t.reminders, t.reason, t.cancelled_at,
       t.cancelled_by, t.unit_code, o.code AS organisation, t.username, t.client_id, t.created_at,
       coalesce(s.states, '{}'::jsonb) AS states, coalesce(s.overdue, 0) AS overdue
FROM task AS t
LEFT JOIN event AS e ON e.id = t.event_id
LEFT JOIN place AS p ON p.id = t.place_id
LEFT JOIN component AS c ON c.id = t.component_id
LEFT JOIN organisation AS o ON o.id = t.organisation_id
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(g.state, g.people) AS states,
           (sum(g.people) FILTER (WHERE g.state NOT IN ('done', 'declined') AND t.kind = 'task' AND t.state = 'open'
                                        AND t.due_at < now()))::integer AS overdue
    FROM (SELECT r.state, count(*) AS people FROM task_recipient AS r WHERE r.task_id = t.id GROUP BY r.state) AS g
) AS s ON true
WHERE (%(id)s::bigint IS NULL OR t.id = %(id)s)
  AND (%(kind)s::text IS NULL OR t.kind = %(kind)s)
  AND (%(state)s::text IS NULL OR t.state = %(state)s)
  AND (%(account)s::bigint IS NULL OR t.account_id = %(account)s)
  AND (%(event)s::bigint IS NULL OR e.id = %(event)s)
  AND (%(place)s::bigint IS NULL OR p.id = %(place)s)
  AND (%(component)s::bigint IS NULL OR c.id = %(component)s)
  AND (%(mover)s::bigint IS NULL
       OR EXISTS (SELECT FROM task_recipient AS r WHERE r.task_id = t.id AND r.mover_id = %(mover)s))
  AND (%(before)s::bigint IS NULL OR t.id < %(before)s)
ORDER BY t.id DESC
LIMIT %(limit)s;
