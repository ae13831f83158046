-- Hold off publications and stamping until the transaction ends; many may hold them off at once.
SELECT pg_advisory_xact_lock_shared(hashtext('coverage.' || %(coverage)s));
