SELECT id, edition, ST_AsBinary(geom) AS geom, radius_m, place_id FROM fence WHERE id = %(id)s FOR UPDATE;
