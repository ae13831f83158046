-- Count the points of each cell of one tile. Longitude is linear in Web Mercator; the row of a cell
-- follows from the projected latitude. Half-open boxes: a point on an edge belongs to one tile.
WITH here AS (
    SELECT ST_X({geom}) AS lon, ST_Y({geom}) AS lat
    FROM {relation}
    WHERE {geom} && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
), placed AS (
    SELECT lon, lat,
           (lon + 180) / 360 * (1 << %(z)s) - %(x)s AS across,
           (1 - asinh(tan(radians(lat))) / pi()) / 2 * (1 << %(z)s) - %(y)s AS down
    FROM here
), counted AS (
    SELECT count(*)::int AS count, avg(lon) AS lon, avg(lat) AS lat
    FROM placed
    WHERE across >= 0 AND across < 1 AND down >= 0 AND down < 1
    GROUP BY floor(across * %(cells)s), floor(down * %(cells)s)
), drawn AS (
    SELECT count, ST_AsMVTGeom(
        ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 3857),
        ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s
    ) AS geom
    FROM counted
)
SELECT ST_AsMVT(drawn, %(source_layer)s, %(extent)s, 'geom') FROM drawn WHERE geom IS NOT NULL;
