UPDATE mover SET gait = %(gait)s WHERE id = %(id)s;
