-- Count points by cell from their rows; a lone point brings its identifier. Cells as in 0008_tiles.sql. Each step
-- is computed once a row, not once a use.
WITH here AS MATERIALIZED (
    SELECT {identifier} AS id, {point} AS p
    FROM {relation}
    WHERE {where}
), there AS MATERIALIZED (
    SELECT id, ST_X(p) AS lon, ST_Y(p) AS lat FROM here
), placed AS MATERIALIZED (
    SELECT id, lon, lat, floor((lon + 180) / 360 * %(cells)s)::bigint AS x,
           floor((1 - asinh(tan(radians(greatest(least(lat, 89.99), -89.99)))) / pi()) / 2 * %(cells)s)::bigint AS y
    FROM there
)
SELECT count(*), avg(lon), avg(lat), (array_agg(id))[1]
FROM placed
WHERE x BETWEEN %(x0)s AND %(x1)s AND y BETWEEN %(y0)s AND %(y1)s
GROUP BY x, y;
