SELECT id, profile FROM device WHERE id = ANY (%(ids)s) AND state = 'active';
