INSERT INTO network_device (network_id, code, kind, node_id, link_id, into_node, into_link, is_open, is_operable,
                            is_accessible, normally_open, geom, attributes)
SELECT %(network)s, i.code, i.kind, n.id, l.id, into_n.id, into_l.id, i.is_open, i.is_operable, i.is_accessible, i.is_open,
       coalesce(n.geom, ST_LineInterpolatePoint(l.geom, 0.5)), i.attributes
FROM in_device AS i
LEFT JOIN network_node AS n ON n.network_id = %(network)s AND n.code = i.node
LEFT JOIN network_link AS l ON l.network_id = %(network)s AND l.code = i.link
LEFT JOIN network_node AS into_n ON into_n.network_id = %(network)s AND into_n.code = i.into_node
LEFT JOIN network_link AS into_l ON into_l.network_id = %(network)s AND into_l.code = i.into_link
WHERE num_nonnulls(n.id, l.id) = num_nonnulls(i.node, i.link)
  AND NOT EXISTS (SELECT FROM network_device AS d WHERE d.network_id = %(network)s AND d.code = i.code);
