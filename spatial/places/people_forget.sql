DELETE FROM place_person WHERE place_id = %(id)s;
