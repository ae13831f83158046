SELECT e.id FROM event AS e WHERE e.id = %(event)s FOR NO KEY UPDATE;
