SELECT c.relname
FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid
WHERE i.inhparent = 'fix'::regclass AND c.relname ~ '^fix_[0-9]{8}$' AND c.relkind = 'r'
ORDER BY c.relname;
