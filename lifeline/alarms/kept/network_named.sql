SELECT id FROM network WHERE name = %(network)s;
