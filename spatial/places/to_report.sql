-- Inspections that must become events and have not yet: abnormal ones, and those that nobody did in time.
WITH wanted AS (
    SELECT id, 'abnormal' AS what FROM inspection
    WHERE result = 'abnormal' AND NOT 'abnormal' = ANY (reports)
    UNION ALL
    SELECT id, 'overdue' FROM inspection
    WHERE state IN ('open', 'missed') AND NOT 'overdue' = ANY (reports) AND due_on < %(today)s
)
SELECT i.id, wanted.what, p.id AS place_id, p.name, p.address, p.risk_level, ST_X(p.geom) AS lon,
       ST_Y(p.geom) AS lat, i.due_on, i.done_at, i.note, i.findings, i.username, k.event_category, p.generated
FROM wanted
JOIN inspection AS i ON i.id = wanted.id
JOIN place AS p ON p.id = i.place_id
JOIN place_kind AS k ON k.key = p.kind
ORDER BY i.id, wanted.what
LIMIT %(limit)s
FOR UPDATE OF i SKIP LOCKED;
