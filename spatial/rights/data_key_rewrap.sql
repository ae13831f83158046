UPDATE data_key SET wrapped = %(wrapped)s WHERE id = %(id)s;
