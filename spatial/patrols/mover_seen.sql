SELECT 1 FROM mover WHERE id = %(id)s;
