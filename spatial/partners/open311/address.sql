SELECT full_text, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM address WHERE id = %(id)s;
