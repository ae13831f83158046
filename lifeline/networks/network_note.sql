UPDATE network
SET source = %(source)s, crs_epsg = %(crs_epsg)s, vertical_datum = coalesce(%(vertical_datum)s, vertical_datum),
    source_digest = %(digest)s, data_at = coalesce(%(data_at)s, now()), imported_at = now(), rest = %(rest)s
WHERE id = %(network)s
RETURNING edition;
