-- One process of the city publishes plans; the lock goes with its connection.
SELECT pg_try_advisory_lock(hashtext('citygrid.plans'));
