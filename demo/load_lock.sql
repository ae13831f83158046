-- Two loaders at once would both find the database empty.
SELECT pg_advisory_xact_lock(hashtext('citygrid.demo.load'))
