-- The nodes in service as columns: numbers, codes, whether they feed the network.
SELECT string_agg(int8send(id), ''::bytea ORDER BY id), coalesce(json_agg(code ORDER BY id), '[]')::text,
       string_agg(CASE WHEN is_source THEN '\x01'::bytea ELSE '\x00'::bytea END, ''::bytea ORDER BY id)
FROM network_node
WHERE network_id = %(network)s AND state = 'in_service';
