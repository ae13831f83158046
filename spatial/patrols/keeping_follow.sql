UPDATE worker AS w
SET geom = ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326), seen_at = p.time
FROM last_position AS p
JOIN mover AS m ON m.id = p.mover_id
WHERE w.id = m.worker_id
  AND (w.seen_at IS NULL OR w.seen_at < p.time)
  AND (w.seen_at IS NULL OR p.time >= w.seen_at + %(seconds)s * interval '1 second'
       OR p.received_at < now() - %(seconds)s * interval '1 second');
