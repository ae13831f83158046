SELECT pg_try_advisory_lock(hashtext('citygrid.roll_calls'));
