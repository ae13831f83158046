SELECT count(*) FROM network_import WHERE state IN ('waiting', 'proposed', 'confirmed', 'running') AND username = %(username)s;
