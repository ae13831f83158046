-- Where people were last seen; names are masked in the store. First the nearest by a plane, as for components.
WITH near AS (
    SELECT w.id, sqrt(power((ST_X(w.geom) - %(lon)s) * %(lon_m)s * cos(radians((ST_Y(w.geom) + %(lat)s) / 2)), 2)
                      + power((ST_Y(w.geom) - %(lat)s) * %(lat_m)s, 2)) AS about_m
    FROM worker AS w
    WHERE w.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
          AND (%(area)s::bytea IS NULL OR ST_Intersects(w.geom, ST_GeomFromWKB(%(area)s::bytea, 4326)))
          AND (w.on_duty OR NOT %(on_duty)s)
), cut AS (
    SELECT max(about_m) * 1.002 AS most_m
    FROM (SELECT about_m FROM near ORDER BY about_m LIMIT %(limit)s) AS first
), measured AS (
    SELECT w.id, w.name, w.geom, w.unit_code, w.code, w.role, w.skills, w.on_duty, w.seen_at, w.phone,
           w.organisation_id,
           ST_Distance(w.geom::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS m
    FROM near
    JOIN worker AS w ON w.id = near.id
    WHERE near.about_m <= (SELECT most_m FROM cut)
)
SELECT 'worker' AS kind, w.id, w.name, NULL AS name_en, ST_X(w.geom) AS lon, ST_Y(w.geom) AS lat,
       w.m AS distance_m, w.unit_code,
       jsonb_build_object('code', w.code, 'role', w.role, 'skills', w.skills, 'on_duty', w.on_duty,
                          'phone', w.phone, 'organisation', o.name, 'mover_id', m.id, 'gait', coalesce(m.gait, 'foot'),
                          'seen_at', w.seen_at,
                          'age_s', CASE WHEN w.seen_at IS NOT NULL
                                        THEN greatest(0, floor(extract(epoch FROM now() - w.seen_at))) END,
                          'state', CASE WHEN w.seen_at IS NULL OR w.seen_at < now() - %(silent_s)s * interval '1 second'
                                        THEN 'silent'
                                        WHEN p.speed_mps >= %(moving_mps)s THEN 'moving'
                                        WHEN p.speed_mps IS NOT NULL THEN 'standing' END,
                          'speed_mps', p.speed_mps, 'accuracy_m', p.accuracy_m) AS more
FROM measured AS w
JOIN organisation AS o ON o.id = w.organisation_id
LEFT JOIN mover AS m ON m.worker_id = w.id
LEFT JOIN last_position AS p ON p.mover_id = m.id
WHERE %(radius_m)s::float8 IS NULL OR w.m <= %(radius_m)s
ORDER BY w.m, w.id
LIMIT %(limit)s;
