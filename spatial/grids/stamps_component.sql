SELECT id, ST_X(geom), ST_Y(geom), unit_code FROM component ORDER BY id;
