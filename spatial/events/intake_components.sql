SELECT code, id, ST_X(geom), ST_Y(geom) FROM component WHERE code = ANY (%(codes)s::text[]);
