-- `conditions` are written by shifts.py; every value is bound.
SELECT s.id, s.mover_id, w.id AS worker_id, w.code AS worker, w.name, s.starts_at, s.ends_at, s.kind, s.source,
       s.username, s.created_at
FROM shift AS s
JOIN mover AS v ON v.id = s.mover_id
LEFT JOIN worker AS w ON w.id = v.worker_id
LEFT JOIN resource AS r ON r.id = v.resource_id
WHERE {conditions}
ORDER BY s.id DESC
LIMIT %(limit)s;
