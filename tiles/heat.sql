-- Draw cells as squares in the units of a tile; they lie in it already. The ring goes round as MVT wants it.
SELECT ST_AsMVT(d.*, %(source_layer)s, %(extent)s, 'geom')
FROM (
    SELECT a.value, a.rate, a.class,
           ST_Reverse(ST_MakeEnvelope(a.west, a.north, a.east, a.south)) AS geom
    FROM unnest(%(values)s::float8[], %(rates)s::float8[], %(classes)s::int[], %(west)s::int[], %(north)s::int[],
                %(east)s::int[], %(south)s::int[]) AS a (value, rate, class, west, north, east, south)
) AS d;
