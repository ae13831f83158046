DELETE FROM fence WHERE id = %(id)s;
