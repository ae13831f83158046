SELECT id, ST_X(geom), ST_Y(geom), unit_code FROM place ORDER BY id;
