-- One message of an account at a time, so that the count of its hour is exact.
SELECT pg_advisory_xact_lock(hashtext('citygrid.messages.account'), hashint8(%(account)s));
