-- The log's functions as the database has them: name, whether it runs as its owner, settings, text.
SELECT proname, prosecdef, coalesce(proconfig, '{}'), prosrc
FROM pg_proc
WHERE pronamespace = to_regnamespace(%(schema)s) AND proname LIKE 'audit\_%%';
