SELECT id FROM message WHERE account_id = %(account)s AND client_id = %(client_id)s;
