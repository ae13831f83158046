-- One layer in one tile. The box is written as a constant in the column's own SRID, so that the
-- GiST index answers; only what it finds is projected (integer SRID: the text form is 1000 times slower).
WITH found AS (
    SELECT {columns}, ST_AsMVTGeom(
        ST_Transform({geom}, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s
    ) AS geom
    FROM {relation}
    WHERE {geom} && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
)
SELECT ST_AsMVT(found, %(source_layer)s, %(extent)s, 'geom') FROM found WHERE geom IS NOT NULL;
