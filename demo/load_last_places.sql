-- A worker who patrols is where the last fix says, and on duty while fixes come.
UPDATE worker
SET geom = ST_SetSRID(ST_MakePoint(last.lon, last.lat), 4326),
    seen_at = last.time,
    on_duty = last.time > %(now)s - %(recently)s
FROM last_position AS last
JOIN mover AS m ON m.id = last.mover_id
WHERE worker.id = m.worker_id AND last.time > %(since)s
