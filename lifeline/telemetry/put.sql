INSERT INTO observation (datastream_id, phenomenon_time, phenomenon_end, result, result_other, result_time,
                         result_quality, valid_from, valid_until, parameters, feature_id)
SELECT g.datastream, g.begins, g.ends, g.result, g.other::jsonb, g.result_time, g.quality::jsonb, g.valid_from,
       g.valid_until, g.parameters::jsonb, coalesce(g.feature, d.feature_id)
FROM unnest(%(datastream)s::bigint[], %(begins)s::timestamptz[], %(ends)s::timestamptz[], %(result)s::float8[],
            %(other)s::text[], %(result_time)s::timestamptz[], %(quality)s::text[], %(valid_from)s::timestamptz[],
            %(valid_until)s::timestamptz[], %(parameters)s::text[], %(feature)s::bigint[])
     WITH ORDINALITY AS g (datastream, begins, ends, result, other, result_time, quality, valid_from, valid_until,
                           parameters, feature, place)
JOIN datastream AS d ON d.id = g.datastream
ORDER BY g.place
ON CONFLICT DO NOTHING
RETURNING datastream_id, phenomenon_time;
