-- One process of the city brings networks in; the lock goes with its connection.
SELECT pg_try_advisory_lock(hashtext('citygrid.network_imports'));
