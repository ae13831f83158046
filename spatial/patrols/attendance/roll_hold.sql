SELECT pg_advisory_xact_lock(hashtext('citygrid.roll_call'));
