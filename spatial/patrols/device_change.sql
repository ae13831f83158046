UPDATE device SET name = %(name)s, state = %(state)s, profile = %(profile)s WHERE id = %(id)s;
