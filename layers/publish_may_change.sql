SELECT name FROM layer WHERE name = %(name)s FOR UPDATE;
