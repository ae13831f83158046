-- A unit and all above it in its coverage, from fine to coarse, as a version has them.
WITH RECURSIVE moment AS (
    SELECT valid_from AS at FROM coverage_version WHERE id = %(version)s
), chain AS (
    SELECT v.code, v.parent_code, v.level
    FROM unit_version AS v, moment AS m
    WHERE v.coverage = %(coverage)s AND v.code = %(code)s AND upper_inf(v.sys) AND v.valid @> m.at
    UNION ALL
    SELECT v.code, v.parent_code, v.level
    FROM chain AS c
    JOIN unit_version AS v ON v.coverage = %(coverage)s AND v.code = c.parent_code AND v.level < c.level
    JOIN moment AS m ON v.valid @> m.at
    WHERE upper_inf(v.sys)
)

SELECT c.code, (SELECT o.tolerance_m FROM coverage AS o WHERE o.name = %(coverage)s)
FROM chain AS c
ORDER BY c.level DESC;
