DELETE FROM office WHERE name = %(name)s;
