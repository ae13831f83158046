-- The box of a circle finds them by the index, the ellipsoid decides. A degree is at least 110,500 m of latitude; of
-- longitude, 111,300 m times the cosine at the edge that is nearer to the pole.
WITH asked AS MATERIALIZED (
    SELECT ST_SetSRID(ST_MakePoint(%(lon)s::float8, %(lat)s::float8), 4326)::geography AS here
)
SELECT c.id, c.code, c.class_code, k.name AS class_name, c.name, c.state, c.unit_code, ST_X(c.geom) AS lon,
       ST_Y(c.geom) AS lat, ST_Distance(c.geom::geography, asked.here) AS distance_m
FROM asked, component AS c
JOIN component_class AS k ON k.code = c.class_code
WHERE c.geom && ST_MakeEnvelope(
          %(lon)s::float8 - %(radius_m)s::float8 / (111300.0 * cos(radians(least(abs(%(lat)s::float8) + %(radius_m)s::float8 / 110500.0, 89.9)))),
          %(lat)s::float8 - %(radius_m)s::float8 / 110500.0,
          %(lon)s::float8 + %(radius_m)s::float8 / (111300.0 * cos(radians(least(abs(%(lat)s::float8) + %(radius_m)s::float8 / 110500.0, 89.9)))),
          %(lat)s::float8 + %(radius_m)s::float8 / 110500.0, 4326)
  AND (%(classes)s::text[] IS NULL OR EXISTS (SELECT FROM unnest(%(classes)s::text[]) AS w WHERE c.class_code ^@ w))
  AND ST_Distance(c.geom::geography, asked.here) <= %(radius_m)s::float8
ORDER BY distance_m, c.id
LIMIT %(limit)s::integer;
