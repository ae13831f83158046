DELETE FROM place WHERE id = %(id)s;
