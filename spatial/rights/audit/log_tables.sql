-- The tables of the log itself: append-only each one, partitions too.
SELECT c.relname
FROM pg_class AS c
WHERE c.relnamespace = to_regnamespace(%(schema)s)
  AND (c.relname IN ('audit', 'audit_root')
       OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass('audit')))
ORDER BY 1;
