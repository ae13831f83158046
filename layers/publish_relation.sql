-- One relation as it stands in the database: what it is, whose, its columns and keys.
SELECT c.oid::bigint AS oid, c.relkind::text AS kind, c.relrowsecurity AS has_policies,
       pg_has_role(c.relowner, 'USAGE') AS is_ours, has_table_privilege(c.oid, 'SELECT') AS is_readable,
       EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
               AND d.deptype = 'e') AS of_extension,
       EXISTS (SELECT FROM pg_inherits AS i JOIN pg_class AS o ON o.oid IN (i.inhparent, i.inhrelid)
               WHERE c.oid IN (i.inhparent, i.inhrelid) AND o.relnamespace = 'city'::regnamespace) AS inherits_city,
       coalesce(obj_description(c.oid, 'pg_class'), '') AS comment,
       (SELECT jsonb_agg(jsonb_build_object(
                   'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
                   'made', a.atthasdef OR a.attidentity <> '', 'read_only', a.attidentity <> '' OR a.attgenerated <> '',
                   'comment', col_description(c.oid, a.attnum)) ORDER BY a.attnum)
        FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT array_agg(a.attname::text ORDER BY i.indisprimary DESC, a.attnum)
        FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL AND i.indexprs IS NULL
          AND i.indimmediate AND a.attnotnull) AS keys,
       (SELECT array_agg(a.attname::text)
        FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        JOIN pg_class AS x ON x.oid = i.indexrelid JOIN pg_am AS m ON m.oid = x.relam
        WHERE i.indrelid = c.oid AND m.amname IN ('gist', 'spgist', 'brin')) AS indexed
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(relation)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f');
