SELECT pg_advisory_xact_lock(hashtext('citygrid.publish'), hashtext(%(name)s));
