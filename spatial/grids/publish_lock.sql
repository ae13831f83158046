-- One publication at a time per coverage: the lock is held to the end of the transaction.
SELECT pg_advisory_xact_lock(hashtext('coverage.' || %(coverage)s));
