-- The arguments of the trigger that keeps the counts of a table, and whether the reader sees the whole city.
SELECT t.tgargs, coalesce(nullif(current_setting('citygrid.reach', true), ''), 'city') = 'city'
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(name)s AND t.tgname = 'count_insert';
