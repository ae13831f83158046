INSERT INTO network_link (network_id, code, kind, from_node, to_node, diameter_mm, length_m, z_up_m, z_down_m, material,
                          pressure_class, state, accuracy_m, installed_on, geom, attributes)
SELECT %(network)s, i.code, i.kind, t.id, h.id, i.diameter_mm, i.length_m, i.z_up_m, i.z_down_m, i.material,
       i.pressure_class, i.state, i.accuracy_m, i.installed_on,
       network_line(ST_SetSRID(i.shape::geometry, 4326), t.geom, h.geom), i.attributes
FROM in_link AS i
JOIN network_node AS t ON t.network_id = %(network)s AND t.code = i.tail
JOIN network_node AS h ON h.network_id = %(network)s AND h.code = i.head
WHERE NOT EXISTS (SELECT FROM network_link AS l WHERE l.network_id = %(network)s AND l.code = i.code);
