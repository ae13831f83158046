-- Draw features of a result that is not in any table: shapes in degrees, attributes as JSON.
WITH drawn AS (
    SELECT r.number, r.attributes,
           ST_AsMVTGeom(ST_Transform(ST_SetSRID(ST_GeomFromWKB(r.shape), 4326), %(tile_srid)s::int),
                        ST_MakeEnvelope(%(left)s, %(bottom)s, %(right)s, %(top)s, %(tile_srid)s::int),
                        %(extent)s, %(buffer)s, true) AS geom
    FROM unnest(%(numbers)s::bigint[], %(shapes)s::bytea[], %(attributes)s::text[]::jsonb[])
        AS r (number, shape, attributes)
)
SELECT ST_AsMVT(d.*, %(source_layer)s, %(extent)s, 'geom', 'number')
FROM (SELECT * FROM drawn WHERE geom IS NOT NULL ORDER BY number) AS d;
