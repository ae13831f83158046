-- Tables whose rows of before have not been held to their masks yet.
SELECT c.relname
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
WHERE k.conname = 'ck_' || c.relname || '_masked' AND NOT k.convalidated AND pg_table_is_visible(c.oid)
ORDER BY 1;
