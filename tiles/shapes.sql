-- One layer in one tile. The box is a constant in the column's own SRID, so that the GiST index answers; only
-- what it finds is projected (integer SRID: the text form is 1000 times slower), and only if it is not too many.
WITH near AS MATERIALIZED (
    SELECT {columns}
    FROM {relation}
    WHERE {where}
    LIMIT %(most)s
), seen AS (
    SELECT count(*) AS number FROM near
), "citygrid row" AS (
    SELECT {names}, ST_AsMVTGeom(
        {shape}, ST_MakeEnvelope(%(left)s, %(bottom)s, %(right)s, %(top)s, %(tile_srid)s), %(extent)s, %(buffer)s
    ) AS "citygrid drawn"
    FROM near
    WHERE (SELECT number FROM seen) < %(most)s
)
SELECT ST_AsMVT("citygrid row", %(source_layer)s, %(extent)s, 'citygrid drawn', {identifier}), (SELECT number FROM seen)
FROM "citygrid row"
WHERE "citygrid drawn" IS NOT NULL;
