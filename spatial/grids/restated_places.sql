SELECT ST_X(geom), ST_Y(geom), unit_code, NULL::bigint FROM place;
