SELECT g.place
FROM unnest(%(datastream)s::bigint[], %(begins)s::timestamptz[], %(ends)s::timestamptz[], %(result)s::float8[],
            %(other)s::text[], %(result_time)s::timestamptz[], %(quality)s::text[], %(valid_from)s::timestamptz[],
            %(valid_until)s::timestamptz[], %(parameters)s::text[], %(feature)s::bigint[])
     WITH ORDINALITY AS g (datastream, begins, ends, result, other, result_time, quality, valid_from, valid_until,
                           parameters, feature, place)
JOIN observation AS o ON o.datastream_id = g.datastream AND o.phenomenon_time = g.begins
WHERE (o.phenomenon_end, o.result, o.result_other, o.result_time, o.result_quality, o.valid_from, o.valid_until,
       o.parameters)
      IS DISTINCT FROM (g.ends, g.result, g.other::jsonb, g.result_time, g.quality::jsonb, g.valid_from,
                        g.valid_until, g.parameters::jsonb)
   OR g.feature <> o.feature_id;
