-- `conditions` are written by inspections.py; every value is bound. Where an inspector stood is for who may know
-- where workers are, and for the inspector.
SELECT i.id, i.place_id, p.name AS place, p.kind, p.unit_code, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, i.level,
       i.due_from, i.due_on, i.state, i.state = 'open' AND i.due_on < %(today)s AS overdue, i.worker_id,
       o.name AS organisation, i.result, i.findings, i.note, ST_X(s.stood) AS stood_lon,
       ST_Y(s.stood) AS stood_lat, i.distance_m, i.done_at, i.username, i.event_id, i.overdue_event_id
FROM inspection AS i
JOIN place AS p ON p.id = i.place_id
LEFT JOIN organisation AS o ON o.id = i.organisation_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN (SELECT my_role()) = ANY (%(knows)s) OR i.account_id = (SELECT my_account())
                THEN i.stood END AS stood
) AS s
WHERE {conditions}
ORDER BY i.id DESC
LIMIT %(limit)s;
