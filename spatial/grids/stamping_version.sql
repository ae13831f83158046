-- The version in force at this very moment, not at the beginning of the transaction; none: no row.
SELECT id
FROM coverage_version
WHERE coverage = %(coverage)s AND valid_from <= clock_timestamp()
ORDER BY valid_from DESC, id DESC
LIMIT 1;
