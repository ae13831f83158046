SELECT ST_AsBinary(coalesce(p.area, p.geom)) FROM place AS p WHERE p.id = %(place_id)s;
