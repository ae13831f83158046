-- The log's triggers as the database has them: table, name, kind, whether it fires always, function and
-- the names of the transition tables.
SELECT c.relname, t.tgname, t.tgtype::int, t.tgenabled = 'A' AND t.tgqual IS NULL, f.proname,
       coalesce(t.tgoldtable, ''), coalesce(t.tgnewtable, '')
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_proc AS f ON f.oid = t.tgfoid
WHERE c.relnamespace = to_regnamespace(%(schema)s) AND NOT t.tgisinternal
  AND (t.tgname LIKE 'audit\_%%' OR t.tgname = 'audit');
