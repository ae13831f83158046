-- Where vehicles were last seen by whoever may see that; at their yard otherwise. There are few of them.
WITH stood AS (
    SELECT r.id, r.name, r.name_en, r.unit_code, r.state AS readiness, r.capacity, r.unit_of_measure, r.phone,
           r.organisation_id, m.id AS mover_id, m.gait, p.time AS seen_at, p.speed_mps, p.course_deg, p.accuracy_m,
           coalesce(ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326), r.geom) AS geom
    FROM resource AS r
    LEFT JOIN mover AS m ON m.resource_id = r.id
    LEFT JOIN last_position AS p ON p.mover_id = m.id
    WHERE r.kind = 'vehicle'
), measured AS (
    SELECT s.*, ST_Distance(s.geom::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS m
    FROM stood AS s
    WHERE s.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
          AND (%(area)s::bytea IS NULL OR ST_Intersects(s.geom, ST_GeomFromWKB(%(area)s::bytea, 4326)))
)
SELECT 'vehicle' AS kind, v.id, v.name, v.name_en, ST_X(v.geom) AS lon, ST_Y(v.geom) AS lat, v.m AS distance_m,
       v.unit_code,
       jsonb_build_object('mover_id', v.mover_id, 'gait', coalesce(v.gait, 'car'), 'seen_at', v.seen_at,
                          'age_s', CASE WHEN v.seen_at IS NOT NULL
                                        THEN greatest(0, floor(extract(epoch FROM now() - v.seen_at))) END,
                          'state', CASE WHEN v.seen_at IS NULL OR v.seen_at < now() - %(silent_s)s * interval '1 second'
                                        THEN 'silent'
                                        WHEN v.speed_mps >= %(moving_mps)s THEN 'moving'
                                        WHEN v.speed_mps IS NOT NULL THEN 'standing' END,
                          'speed_mps', v.speed_mps, 'course_deg', v.course_deg, 'accuracy_m', v.accuracy_m,
                          'readiness', v.readiness, 'capacity', v.capacity, 'unit_of_measure', v.unit_of_measure,
                          'phone', v.phone, 'organisation', o.name) AS more
FROM measured AS v
LEFT JOIN organisation AS o ON o.id = v.organisation_id
WHERE %(radius_m)s::float8 IS NULL OR v.m <= %(radius_m)s
ORDER BY v.m, v.id
LIMIT %(limit)s;
