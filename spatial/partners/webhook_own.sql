UPDATE webhook SET account_id = %(account_id)s WHERE id = %(id)s;
