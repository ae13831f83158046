-- One process of the city brings files into plans; the lock goes with its connection.
SELECT pg_try_advisory_lock(hashtext('citygrid.plan_imports'));
