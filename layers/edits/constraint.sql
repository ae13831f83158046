-- The columns of a constraint of a table, in its order.
SELECT a.attname
FROM pg_constraint AS c
CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (attnum, nth)
JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
WHERE c.conrelid = to_regclass(format('%%I.%%I', %(schema)s::text, %(table)s::text)) AND c.conname = %(name)s
ORDER BY k.nth;
