UPDATE network_node AS n
SET kind = i.kind, is_source = i.is_source, elevation_m = i.elevation_m, state = i.state, accuracy_m = i.accuracy_m,
    installed_on = i.installed_on, geom = ST_SetSRID(ST_MakePoint(i.lon, i.lat), 4326), attributes = i.attributes
FROM in_node AS i
WHERE n.network_id = %(network)s AND n.code = i.code
  AND (n.kind, n.is_source, n.elevation_m, n.state, n.accuracy_m, n.installed_on, n.attributes, ST_X(n.geom), ST_Y(n.geom))
      IS DISTINCT FROM
      (i.kind, i.is_source, i.elevation_m, i.state, i.accuracy_m, i.installed_on, i.attributes, i.lon, i.lat);
