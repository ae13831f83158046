DELETE FROM shift WHERE id = %(id)s;
