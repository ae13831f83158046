SELECT id, ST_X(geom), ST_Y(geom), unit_code
FROM resource
WHERE %(west)s::float8 IS NULL OR geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
ORDER BY id;
