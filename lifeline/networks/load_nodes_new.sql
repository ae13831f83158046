INSERT INTO network_node (network_id, code, kind, is_source, elevation_m, state, accuracy_m, installed_on, geom, attributes)
SELECT %(network)s, i.code, i.kind, i.is_source, i.elevation_m, i.state, i.accuracy_m, i.installed_on,
       ST_SetSRID(ST_MakePoint(i.lon, i.lat), 4326), i.attributes
FROM in_node AS i
WHERE NOT EXISTS (SELECT FROM network_node AS n WHERE n.network_id = %(network)s AND n.code = i.code);
