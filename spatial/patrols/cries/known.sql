SELECT id FROM cry WHERE account_id = %(account)s AND client_id = %(client_id)s;
