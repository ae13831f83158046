SELECT key_id, date_trunc(%(by)s, hour, 'Asia/Shanghai') AS at, door, status_class, sum(calls)::bigint AS calls,
       sum(bytes_in)::bigint AS bytes_in, sum(bytes_out)::bigint AS bytes_out, sum(ms)::bigint AS ms
FROM call_count
WHERE (%(key)s::bigint IS NULL OR key_id = %(key)s) AND (%(account)s::bigint IS NULL OR account_id = %(account)s)
      AND hour >= %(since)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
      AND hour < (%(until)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
GROUP BY key_id, at, door, status_class
ORDER BY key_id, at, door, status_class
LIMIT %(limit)s;
