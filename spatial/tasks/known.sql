SELECT id FROM task WHERE account_id = %(account_id)s AND client_id = %(client_id)s;
