DELETE FROM adapter WHERE name = %(name)s;
