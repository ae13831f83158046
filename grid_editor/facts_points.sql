-- What happens and stands in a box, by kind: places that several share counted once, with their number.
-- The index of a point is a float32 box: the exact test follows it.
WITH box AS MATERIALIZED (
    SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AS shape
), found AS (
    SELECT 'events_open' AS kind, geom FROM event
    WHERE geom && (SELECT shape FROM box) AND state <> 'closed'
    UNION ALL
    SELECT 'events_year', geom FROM event
    WHERE geom && (SELECT shape FROM box) AND occurred_at > now() - interval '365 days'
    UNION ALL
    SELECT 'places', geom FROM place WHERE geom && (SELECT shape FROM box)
    UNION ALL
    SELECT 'components', geom FROM component WHERE geom && (SELECT shape FROM box)
    UNION ALL
    SELECT 'on_duty', geom FROM worker WHERE geom && (SELECT shape FROM box) AND on_duty
), placed AS (
    SELECT kind, ST_X(geom) AS lon, ST_Y(geom) AS lat, count(*)::float8 AS weight
    FROM found
    WHERE ST_X(geom) BETWEEN %(west)s AND %(east)s AND ST_Y(geom) BETWEEN %(south)s AND %(north)s
    GROUP BY kind, ST_X(geom), ST_Y(geom)
)
SELECT kind, array_agg(lon ORDER BY lon, lat), array_agg(lat ORDER BY lon, lat), array_agg(weight ORDER BY lon, lat)
FROM placed
GROUP BY kind
ORDER BY kind;
