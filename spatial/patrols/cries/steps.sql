SELECT id, what, at, level, word, note, username FROM cry_step WHERE cry_id = %(id)s ORDER BY id;
