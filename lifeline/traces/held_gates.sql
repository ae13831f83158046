-- What can shut, or is shut: all of a network, or these.
SELECT id, code, kind, node_id, link_id, into_node, into_link, is_open, is_operable AND is_accessible
FROM network_device
WHERE network_id = %(network)s AND state = 'in_service' AND kind = ANY (%(kinds)s)
      AND (%(ids)s::bigint[] IS NULL OR id = ANY (%(ids)s::bigint[]))
ORDER BY id;
