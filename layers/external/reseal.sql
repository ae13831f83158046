UPDATE external_source SET secret_cipher = %(secret_cipher)s WHERE id = %(id)s AND secret_cipher = %(was)s;
