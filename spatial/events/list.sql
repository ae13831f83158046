SELECT e.id, e.no, e.category, m.name AS category_name, e.title, e.state, e.source, e.urgency, e.address,
       ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, e.unit_code, e.organisation_id, o.name AS organisation,
       e.worker_id, e.occurred_at, e.reported_at, e.closed_at, e.due_at, coalesce(e.due_at < now(), false) AS overdue,
       e.handled_on_time, e.supervised, e.disputed, e.escalated_level, e.returned_count, e.merged_into,
       e.generated
FROM event AS e
JOIN matter AS m ON m.code = e.category
LEFT JOIN organisation AS o ON o.id = e.organisation_id
WHERE {condition}
ORDER BY e.reported_at DESC, e.id DESC
LIMIT %(limit)s;
