-- The links in service as columns: numbers, codes, both ends, metres.
SELECT string_agg(int8send(id), ''::bytea ORDER BY id), coalesce(json_agg(code ORDER BY id), '[]')::text,
       string_agg(int8send(from_node), ''::bytea ORDER BY id), string_agg(int8send(to_node), ''::bytea ORDER BY id),
       string_agg(float8send(coalesce(length_m, 0)), ''::bytea ORDER BY id)
FROM network_link
WHERE network_id = %(network)s AND state = 'in_service';
