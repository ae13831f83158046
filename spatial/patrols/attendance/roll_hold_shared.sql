SELECT pg_advisory_xact_lock_shared(hashtext('citygrid.roll_call'));
