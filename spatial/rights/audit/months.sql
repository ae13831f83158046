-- The months that have a partition of their own.
SELECT to_date(substring(c.relname FROM 'audit_(\d{6})'), 'YYYYMM')
FROM pg_inherits AS i
JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass('audit') AND c.relname ~ '^audit_\d{6}$'
ORDER BY 1;
