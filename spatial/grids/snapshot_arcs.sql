SELECT ST_AsBinary(geom, 'NDR'), start_node, end_node, left_unit, right_unit
FROM arc
WHERE coverage = %(coverage)s AND upper_inf(sys) AND valid @> %(at)s::timestamptz
ORDER BY id;
