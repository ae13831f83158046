SELECT o.datastream_id, o.phenomenon_time, o.result FROM observation AS o
WHERE o.datastream_id = ANY (%(datastreams)s::bigint[]) AND o.result IS NOT NULL
  AND o.phenomenon_time >= %(begins)s AND o.phenomenon_time <= %(ends)s
ORDER BY o.phenomenon_time, o.datastream_id LIMIT %(most)s;
