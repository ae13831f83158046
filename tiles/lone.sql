-- The identifiers of single points, found by where they stand (to 1e-7 degrees), in the order asked. The boxes are
-- made beforehand: a function in the condition would keep readers of an area from the index.
WITH asked AS MATERIALIZED (
    SELECT box::geometry AS box, lon, lat, place
    FROM unnest(%(boxes)s::text[], %(lon)s::float8[], %(lat)s::float8[]) WITH ORDINALITY AS t (box, lon, lat, place)
)
SELECT (
    SELECT {identifier}
    FROM {relation}
    WHERE {only} AND {geometry} && asked.box AND abs(ST_X({point}) - asked.lon) < 2e-7 AND abs(ST_Y({point}) - asked.lat) < 2e-7
    LIMIT 1
)
FROM asked
ORDER BY place;
