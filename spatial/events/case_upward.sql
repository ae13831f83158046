-- Who has a matter so many levels above a unit: the line that names most of the matter, then the lowest rank; the
-- caller takes the first that is in its hours. Lines for a part of a unit are not for all of it.
WITH RECURSIVE chain AS (
    SELECT u.parent_code AS code, 1 AS up
    FROM unit_version AS u
    WHERE u.coverage = 'grids' AND u.code = %(unit)s AND upper_inf(u.sys) AND u.valid @> now()
        AND u.parent_code IS NOT NULL
    UNION ALL
    SELECT u.parent_code, c.up + 1
    FROM chain AS c
    JOIN unit_version AS u ON u.code = c.code
    WHERE u.coverage = 'grids' AND upper_inf(u.sys) AND u.valid @> now() AND u.parent_code IS NOT NULL
)

SELECT c.code, d.organisation_id, d.worker_id, d.hours
FROM chain AS c
LEFT JOIN duty AS d ON d.unit_code = c.code AND d.coverage = 'grids' AND d.valid @> now() AND d.area IS NULL
    AND starts_with(%(category)s, coalesce(d.category, ''))
WHERE c.up = %(level)s
ORDER BY length(coalesce(d.category, '')) DESC, d.rank, d.id;
