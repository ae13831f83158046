-- Everything that decides about rights, as the catalogue has it: tables and views with their switches and
-- grants (columns too), policies, and functions that run as their owner. Relations that nobody was granted
-- anything on (partitions) and that have no policy do not count.
SELECT 'relation', c.relname, c.relrowsecurity, c.relforcerowsecurity, coalesce(c.reloptions::text, ''),
       coalesce((SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(c.relacl) AS a), ''),
       coalesce((SELECT string_agg(attname || '=' || attacl::text, ',' ORDER BY attname)
                 FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL), '')
FROM pg_class AS c
WHERE c.relnamespace = to_regnamespace(%(schema)s) AND c.relkind IN ('r', 'p', 'v', 'm')
  AND (c.relacl IS NOT NULL OR c.relrowsecurity)
UNION ALL
SELECT 'policy', c.relname || '.' || p.polname, p.polpermissive, true, p.polcmd::text,
       (SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles WHERE oid = ANY (p.polroles)),
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' / '
       || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_policy AS p
JOIN pg_class AS c ON c.oid = p.polrelid
WHERE c.relnamespace = to_regnamespace(%(schema)s)
UNION ALL
SELECT 'function', f.oid::regprocedure::text, f.prosecdef, true, '',
       coalesce((SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(f.proacl) AS a), 'anybody'), ''
FROM pg_proc AS f
WHERE f.pronamespace = to_regnamespace(%(schema)s) AND f.prosecdef
ORDER BY 1, 2, 5;
