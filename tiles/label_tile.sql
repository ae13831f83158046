-- The label point of every unit that lies in this tile and in no other (no buffer, half-open edges).
WITH found AS (
    SELECT {columns}, ST_AsMVTGeom(
        ST_Transform(label, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, 0
    ) AS geom
    FROM {relation}
    WHERE {geom} && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
      AND label && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
)
SELECT ST_AsMVT(found, %(source_layer)s, %(extent)s, 'geom')
FROM found
WHERE ST_X(geom) < %(extent)s AND ST_Y(geom) < %(extent)s;
