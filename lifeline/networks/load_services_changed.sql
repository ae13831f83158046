UPDATE network_service AS s
SET node_id = n.id, link_id = l.id, state = i.state, attributes = i.attributes, geom = place.geom,
    at_m = ST_LineLocatePoint(l.geom, place.geom) * coalesce(l.length_m, ST_Length(l.geom::geography))
FROM in_service AS i
LEFT JOIN network_node AS n ON n.network_id = %(network)s AND n.code = i.node
LEFT JOIN network_link AS l ON l.network_id = %(network)s AND l.code = i.link
CROSS JOIN LATERAL (
    SELECT coalesce(ST_SetSRID(ST_MakePoint(i.lon, i.lat), 4326), n.geom, ST_LineInterpolatePoint(l.geom, 0.5))
) AS place (geom)
WHERE s.network_id = %(network)s AND s.code = i.code AND num_nonnulls(n.id, l.id) = 1
  AND (s.node_id, s.link_id, s.state, s.attributes, ST_X(s.geom), ST_Y(s.geom))
      IS DISTINCT FROM (n.id, l.id, i.state, i.attributes, ST_X(place.geom), ST_Y(place.geom));
