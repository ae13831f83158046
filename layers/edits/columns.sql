-- Columns of a table: name, type, its spelling, most characters, NOT NULL, default, written by PostgreSQL
-- alone; and of geometries the type, whether they have heights, and the system.
SELECT a.attname, t.typname, format_type(a.atttypid, NULL),
       CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
       a.attnotnull, CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
       a.attidentity <> '' OR a.attgenerated <> '',
       CASE WHEN t.typname = 'geometry' THEN postgis_typmod_type(a.atttypmod) END,
       CASE WHEN t.typname = 'geometry' THEN postgis_typmod_dims(a.atttypmod) > 2 END,
       CASE WHEN t.typname = 'geometry' THEN postgis_typmod_srid(a.atttypmod) END
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;
