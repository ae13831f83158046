-- Whoever works in the field has turned valves since: a file says how they are anew only where it says so otherwise
-- than the file before.
UPDATE network_device AS d
SET kind = i.kind, node_id = n.id, link_id = l.id, into_node = into_n.id, into_link = into_l.id,
    is_open = CASE WHEN i.is_open = d.normally_open THEN d.is_open ELSE i.is_open END, normally_open = i.is_open,
    is_operable = i.is_operable, is_accessible = i.is_accessible, state = 'in_service', attributes = i.attributes
FROM in_device AS i
LEFT JOIN network_node AS n ON n.network_id = %(network)s AND n.code = i.node
LEFT JOIN network_link AS l ON l.network_id = %(network)s AND l.code = i.link
LEFT JOIN network_node AS into_n ON into_n.network_id = %(network)s AND into_n.code = i.into_node
LEFT JOIN network_link AS into_l ON into_l.network_id = %(network)s AND into_l.code = i.into_link
WHERE d.network_id = %(network)s AND d.code = i.code AND num_nonnulls(n.id, l.id) = num_nonnulls(i.node, i.link)
  AND (d.kind, d.node_id, d.link_id, d.into_node, d.into_link, d.normally_open, d.is_operable, d.is_accessible, d.state,
       d.attributes)
      IS DISTINCT FROM
      (i.kind, n.id, l.id, into_n.id, into_l.id, i.is_open, i.is_operable, i.is_accessible, 'in_service', i.attributes);
