-- Alone: waits for every transaction that is sealing, and keeps new ones from beginning.
SELECT pg_advisory_xact_lock(hashtext('citygrid.data_key'));
