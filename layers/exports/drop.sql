DELETE FROM export WHERE id = %(id)s AND account_id = %(account_id)s;
