-- Ends are compared as the database draws them: from node to node.
UPDATE network_link AS l
SET kind = i.kind, from_node = t.id, to_node = h.id, diameter_mm = i.diameter_mm, length_m = i.length_m, z_up_m = i.z_up_m,
    z_down_m = i.z_down_m, material = i.material, pressure_class = i.pressure_class, state = i.state,
    accuracy_m = i.accuracy_m, installed_on = i.installed_on, attributes = i.attributes,
    geom = network_line(ST_SetSRID(i.shape::geometry, 4326), t.geom, h.geom)
FROM in_link AS i
JOIN network_node AS t ON t.network_id = %(network)s AND t.code = i.tail
JOIN network_node AS h ON h.network_id = %(network)s AND h.code = i.head
WHERE l.network_id = %(network)s AND l.code = i.code
  AND ((l.kind, l.from_node, l.to_node, l.diameter_mm, l.length_m, l.z_up_m, l.z_down_m, l.material, l.pressure_class,
        l.state, l.accuracy_m, l.installed_on, l.attributes)
       IS DISTINCT FROM
       (i.kind, t.id, h.id, i.diameter_mm, i.length_m, i.z_up_m, i.z_down_m, i.material, i.pressure_class,
        i.state, i.accuracy_m, i.installed_on, i.attributes)
       OR NOT ST_OrderingEquals(l.geom, network_line(ST_SetSRID(i.shape::geometry, 4326), t.geom, h.geom)));
