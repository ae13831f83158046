SELECT id, device_id FROM downlink WHERE account_id = %(account)s AND client_id = %(client_id)s;
