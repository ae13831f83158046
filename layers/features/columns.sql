-- Columns of a relation with their types; of a geometry its subtype, as Point, and '' where it may be any.
SELECT a.attname, CASE t.typname WHEN 'geometry' THEN public.postgis_typmod_type(a.atttypmod)::text
                                 ELSE t.typname::text END
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
WHERE n.nspname = %(schema)s AND c.relname = %(relation)s;
