DELETE FROM layer WHERE name = %(name)s RETURNING name;
