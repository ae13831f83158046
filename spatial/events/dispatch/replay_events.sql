-- Events as they were reported; what was turned away or merged was nobody's.
SELECT id, no, category, reported_at, ST_X(geom), ST_Y(geom), organisation_id, worker_id
FROM event
WHERE reported_at >= %(since)s AND (%(until)s::timestamptz IS NULL OR reported_at < %(until)s)
  AND state NOT IN ('rejected', 'merged', 'cancelled') AND geom IS NOT NULL
ORDER BY reported_at, id
LIMIT %(most)s;
