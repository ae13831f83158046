-- One asking of an account at a time, so that the count is exact.
SELECT pg_advisory_xact_lock(hashtext('citygrid.clear_read'), hashint8(%(account)s));
