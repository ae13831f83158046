SELECT id, ST_AsBinary(geom, 'NDR'), left_unit, right_unit
FROM arc
WHERE coverage = %(coverage)s AND upper_inf(sys) AND upper_inf(valid);
