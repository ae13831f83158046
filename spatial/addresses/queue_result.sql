SELECT result FROM address_job WHERE id = %(id)s AND result IS NOT NULL;
