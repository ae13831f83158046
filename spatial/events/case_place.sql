SELECT ST_X(geom), ST_Y(geom), occurred_at FROM event WHERE id = %(id)s;
