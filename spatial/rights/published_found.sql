-- All that decides who may do what with one relation, and what records it, as the catalogue has it.
SELECT 'relation', c.relkind::text, c.relrowsecurity::text, c.relforcerowsecurity::text,
       coalesce(c.reloptions::text, ''),
       coalesce((SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(c.relacl) AS a), '')
       || coalesce((SELECT string_agg(attname || '=' || attacl::text, ',' ORDER BY attname)
                    FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL), '')
FROM pg_class AS c
WHERE c.oid = to_regclass(%(table)s)
UNION ALL
SELECT 'policy', p.polname, p.polcmd::text, p.polpermissive::text,
       (SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles WHERE oid = ANY (p.polroles)),
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' / '
       || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_policy AS p
WHERE p.polrelid = to_regclass(%(table)s)
UNION ALL
SELECT 'trigger', t.tgname, t.tgenabled::text, t.tgtype::text, encode(t.tgargs, 'hex'), ''
FROM pg_trigger AS t
WHERE t.tgrelid = to_regclass(%(table)s) AND t.tgname LIKE 'record\_%%'
UNION ALL
SELECT 'schema', n.nspname, '', '', '', coalesce(n.nspacl::text, '')
FROM pg_namespace AS n
WHERE n.nspname = %(schema)s
ORDER BY 1, 2, 3;
