-- Two requests at once must not both find room for one more.
SELECT pg_advisory_xact_lock(hashtext('citygrid.process_job'), %(account_id)s::integer);
