UPDATE shut_off SET question = %(question)s, edition = %(edition)s, found = %(found)s WHERE id = %(id)s;
