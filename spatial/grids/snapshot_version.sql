-- The version in force at a moment, with what locate needs to know of its coverage.
SELECT v.id, v.valid_from, coalesce(%(at)s::timestamptz, now()), c.tolerance_m, c.levels
FROM coverage_version AS v
JOIN coverage AS c ON c.name = v.coverage
WHERE v.coverage = %(coverage)s AND v.valid_from <= coalesce(%(at)s::timestamptz, now())
ORDER BY v.valid_from DESC, v.id DESC
LIMIT 1;
