-- One process of the city looks at the values; the lock goes with its connection.
SELECT pg_try_advisory_lock(hashtext('citygrid.alarms'));
