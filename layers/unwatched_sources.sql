-- Tables that layers show and that do not tell of their changes yet, with their geometry column ('' for none).
SELECT n.nspname, c.relname, coalesce((
    SELECT a.attname FROM pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.atttypid = to_regtype('public.geometry') AND NOT a.attisdropped
    ORDER BY a.attname <> 'geom', a.attnum
    LIMIT 1
), '')
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname || '.' || c.relname IN (
    SELECT s.source FROM unnest(%(sources)s::text[]) AS s (source)
    UNION ALL
    SELECT s.source FROM layer AS l, unnest(l.sources) AS s (source) WHERE %(sources)s::text[] IS NULL
) AND NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname = 'note_truncate')
ORDER BY 1, 2;
