-- Changes of accounts go one after the other: two administrators must not take each other away at once.
SELECT pg_advisory_xact_lock(hashtext('citygrid.accounts'));
