-- Tables of the schema; a partition goes with its whole.
SELECT relname FROM pg_class
WHERE relnamespace = to_regnamespace(%(schema)s) AND relkind IN ('r', 'p') AND NOT relispartition
ORDER BY 1;
