DELETE FROM place_attachment WHERE place_id = %(place_id)s AND id = %(id)s;
