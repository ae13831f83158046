UPDATE office SET key_cipher = %(cipher)s WHERE id = %(id)s;
