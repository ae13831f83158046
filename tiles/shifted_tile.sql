-- Shapes that were shifted outside of the database.
WITH drawn AS (
    SELECT id, properties, ST_AsMVTGeom(
        ST_Transform(ST_GeomFromWKB(shape, 4326), %(tile_srid)s),
        ST_MakeEnvelope(%(left)s, %(bottom)s, %(right)s, %(top)s, %(tile_srid)s), %(extent)s, %(buffer)s
    ) AS placed
    FROM unnest(%(ids)s::bigint[], %(properties)s::jsonb[], %(shapes)s::bytea[]) AS t (id, properties, shape)
)
SELECT ST_AsMVT(drawn, %(source_layer)s, %(extent)s, 'placed', 'id') FROM drawn WHERE placed IS NOT NULL;
