-- Those that the reader may see. `conditions` are written by reading.py; every value is bound.
SELECT g.id, g.mover_id, w.id AS worker_id, w.code AS worker, coalesce(w.name, r.name) AS name, g.kind, g.at,
       g.received_at, g.way, g.reason, g.lon, g.lat, g.accuracy_m, g.username, g.client_id
FROM sign AS g
JOIN mover AS v ON v.id = g.mover_id
LEFT JOIN worker AS w ON w.id = v.worker_id
LEFT JOIN resource AS r ON r.id = v.resource_id
WHERE {conditions}
ORDER BY g.id DESC
LIMIT %(limit)s;
