SELECT count(*)
FROM network_service AS s
WHERE s.network_id = %(network)s AND s.state = 'in_service'
      AND (s.link_id = ANY (%(links)s::bigint[]) OR s.node_id = ANY (%(nodes)s::bigint[]));
