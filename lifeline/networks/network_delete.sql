DELETE FROM network WHERE name = %(name)s;
