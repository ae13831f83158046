SELECT code, kind, needed, state, at, username FROM shut_off_valve WHERE shut_off_id = %(id)s ORDER BY id;
