SELECT code, unit_id FROM issued_code WHERE profile = %(coverage)s;
