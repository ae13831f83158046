-- The version in force now is not the one that rows were stamped by.
SELECT c.stamped_version IS DISTINCT FROM v.id
FROM coverage AS c
CROSS JOIN LATERAL (
    SELECT id FROM coverage_version
    WHERE coverage = c.name AND valid_from <= now()
    ORDER BY valid_from DESC, id DESC
    LIMIT 1
) AS v
WHERE c.name = %(coverage)s;
