SELECT mover_id AS mover, since, until FROM device_carrier WHERE device_id = %(id)s ORDER BY since;
