-- A worker who patrols is where the last fix says, and on duty while fixes come.
UPDATE worker
SET geom = ST_SetSRID(ST_MakePoint(last.lon, last.lat), 4326),
    seen_at = last.time,
    on_duty = last.time > %(now)s - %(recently)s
FROM (
    SELECT DISTINCT ON (worker_id) worker_id, time, lon, lat
    FROM fix
    WHERE time > %(since)s
    ORDER BY worker_id, time DESC
) AS last
WHERE worker.id = last.worker_id
