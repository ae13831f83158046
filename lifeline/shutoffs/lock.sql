SELECT id FROM shut_off WHERE id = %(id)s FOR UPDATE;
