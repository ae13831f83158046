INSERT INTO device_carrier (device_id, mover_id, since) VALUES (%(id)s, %(mover)s, %(since)s);
