SELECT id FROM account WHERE username = %(username)s;
