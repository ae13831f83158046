UPDATE device SET secret_cipher = %(cipher)s WHERE id = %(id)s;
