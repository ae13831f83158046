-- To the drawn area where there is one: nothing inside of it. A thing is no nearer than the box around it and no
-- farther than its point, by a plane that is right to a thousandth: what that leaves is measured exactly.
WITH bounded AS (
    SELECT p.id, sqrt(power((ST_X(p.geom) - %(lon)s) * %(lon_m)s * cos(radians((ST_Y(p.geom) + %(lat)s) / 2)), 2)
                      + power((ST_Y(p.geom) - %(lat)s) * %(lat_m)s, 2)) AS most_m,
           sqrt(power(greatest(ST_XMin(s.shape) - %(lon)s, 0, %(lon)s - ST_XMax(s.shape))
                      * %(lon_m)s * least(cos(radians(ST_YMin(s.shape))), cos(radians(ST_YMax(s.shape))),
                                          cos(radians(%(lat)s))), 2)
                + power(greatest(ST_YMin(s.shape) - %(lat)s, 0, %(lat)s - ST_YMax(s.shape)) * %(lat_m)s, 2)
           ) AS least_m
    FROM place AS p
    CROSS JOIN LATERAL (SELECT coalesce(p.area, p.geom) AS shape) AS s
    WHERE (p.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
           OR p.area && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))
          AND (%(area)s::bytea IS NULL OR ST_Intersects(s.shape, ST_GeomFromWKB(%(area)s::bytea, 4326)))
), cut AS (
    SELECT max(most_m) * 1.002 AS most_m
    FROM (SELECT most_m FROM bounded ORDER BY most_m LIMIT %(limit)s) AS first
), measured AS (
    SELECT p.*, ST_Distance(coalesce(p.area, p.geom)::geography,
                            ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS m
    FROM bounded
    JOIN place AS p ON p.id = bounded.id
    WHERE bounded.least_m <= (SELECT most_m FROM cut)
          AND (%(radius_m)s::float8 IS NULL OR bounded.least_m <= 1.002 * %(radius_m)s)
)
SELECT 'place' AS kind, p.id, p.name, p.name_en, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, p.m AS distance_m,
       p.unit_code, jsonb_build_object('place_kind', p.kind, 'risk_level', p.risk_level, 'address', p.address) AS more
FROM measured AS p
WHERE %(radius_m)s::float8 IS NULL OR p.m <= %(radius_m)s
ORDER BY p.m, p.id
LIMIT %(limit)s;
