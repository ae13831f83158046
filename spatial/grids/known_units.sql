SELECT id, coverage, level FROM unit WHERE id = ANY (%(ids)s);
