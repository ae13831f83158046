-- Points that are already in the units of the tile.
WITH drawn AS (
    SELECT id, properties, ST_MakePoint(x, y) AS shape
    FROM unnest(%(ids)s::bigint[], %(properties)s::jsonb[], %(x)s::float8[], %(y)s::float8[]) AS t (id, properties, x, y)
)
SELECT ST_AsMVT(drawn, %(source_layer)s, %(extent)s, 'shape', 'id') FROM drawn;
