-- Backends of this database that may still look at rows from before a moment.
SELECT count(*)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND age(%(reached)s::xid8::xid) < greatest(age(backend_xmin), age(backend_xid));
