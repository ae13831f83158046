INSERT INTO network_service (network_id, code, node_id, link_id, at_m, state, geom, attributes)
SELECT %(network)s, i.code, n.id, l.id,
       ST_LineLocatePoint(l.geom, place.geom) * coalesce(l.length_m, ST_Length(l.geom::geography)),
       i.state, place.geom, i.attributes
FROM in_service AS i
LEFT JOIN network_node AS n ON n.network_id = %(network)s AND n.code = i.node
LEFT JOIN network_link AS l ON l.network_id = %(network)s AND l.code = i.link
CROSS JOIN LATERAL (
    SELECT coalesce(ST_SetSRID(ST_MakePoint(i.lon, i.lat), 4326), n.geom, ST_LineInterpolatePoint(l.geom, 0.5))
) AS place (geom)
WHERE num_nonnulls(n.id, l.id) = 1
  AND NOT EXISTS (SELECT FROM network_service AS s WHERE s.network_id = %(network)s AND s.code = i.code);
