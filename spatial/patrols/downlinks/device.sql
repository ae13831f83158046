SELECT protocol, state FROM device WHERE id = %(device)s;
