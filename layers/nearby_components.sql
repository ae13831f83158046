-- First the nearest by a plane that is right to a thousandth, then those measured exactly.
WITH near AS (
    SELECT c.id, sqrt(power((ST_X(c.geom) - %(lon)s) * %(lon_m)s * cos(radians((ST_Y(c.geom) + %(lat)s) / 2)), 2)
                      + power((ST_Y(c.geom) - %(lat)s) * %(lat_m)s, 2)) AS about_m
    FROM component AS c
    WHERE c.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
          AND (%(area)s::bytea IS NULL OR ST_Intersects(c.geom, ST_GeomFromWKB(%(area)s::bytea, 4326)))
), cut AS (
    SELECT max(about_m) * 1.002 AS most_m
    FROM (SELECT about_m FROM near ORDER BY about_m LIMIT %(limit)s) AS first
), measured AS (
    SELECT c.*, ST_Distance(c.geom::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS m
    FROM near
    JOIN component AS c ON c.id = near.id
    WHERE near.about_m <= (SELECT most_m FROM cut)
)
SELECT 'component' AS kind, m.id, m.name, NULL AS name_en, ST_X(m.geom) AS lon, ST_Y(m.geom) AS lat,
       m.m AS distance_m, m.unit_code,
       jsonb_build_object('code', m.code, 'class_code', m.class_code, 'state', m.state, 'upkeep', m.upkeep) AS more
FROM measured AS m
WHERE %(radius_m)s::float8 IS NULL OR m.m <= %(radius_m)s
ORDER BY m.m, m.id
LIMIT %(limit)s;
