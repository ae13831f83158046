-- The version in force at a moment.
SELECT id, valid_from, coalesce(%(at)s::timestamptz, now())
FROM coverage_version
WHERE coverage = %(coverage)s AND valid_from <= coalesce(%(at)s::timestamptz, now())
ORDER BY valid_from DESC, id DESC
LIMIT 1;
