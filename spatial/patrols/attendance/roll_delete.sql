DELETE FROM roll_call WHERE id = %(id)s;
