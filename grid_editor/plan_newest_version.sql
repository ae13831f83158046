-- The version that the next one follows, be it in force already or not.
SELECT id, valid_from
FROM coverage_version
WHERE coverage = %(coverage)s
ORDER BY valid_from DESC, id DESC
LIMIT 1;
