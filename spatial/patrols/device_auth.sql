UPDATE device SET auth_code = %(code)s WHERE id = %(id)s;
