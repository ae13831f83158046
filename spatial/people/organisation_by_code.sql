SELECT id FROM organisation WHERE code = %(code)s;
