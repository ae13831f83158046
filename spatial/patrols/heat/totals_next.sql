-- The oldest day or block whose totals were not made, or have been without the latest changes for long enough: the
-- longer the block, the longer it may be; many changes are taken in sooner.
WITH RECURSIVE there AS (
    (SELECT min(first_day) AS day FROM heat WHERE level = %(level)s AND days = 1)
    UNION ALL
    SELECT (SELECT min(first_day) FROM heat WHERE level = %(level)s AND days = 1 AND first_day > there.day)
    FROM there WHERE there.day < %(today)s
), late AS (
    SELECT o.days, l.day - mod(mod(l.day - date '1970-01-05', o.days) + o.days, o.days::integer) AS first_day,
           count(*) AS changes
    FROM heat_late AS l CROSS JOIN unnest(l.owed) AS o (days)
    WHERE l.level = 0
    GROUP BY 1, 2
), wanted AS (
    SELECT 1::smallint AS days, day AS first_day FROM there WHERE day < %(today)s
    UNION
    SELECT days, first_day FROM heat_block
    UNION
    SELECT days, first_day FROM heat_summed
)
SELECT w.days, w.first_day, s.days IS NULL AS is_new
FROM wanted AS w
LEFT JOIN heat_summed AS s ON s.days = w.days AND s.first_day = w.first_day
LEFT JOIN late AS l ON l.days = w.days AND l.first_day = w.first_day
WHERE s.made_at IS NULL
   OR s.made_at <= now() - %(rest)s::interval * CASE WHEN l.changes > %(many)s THEN 1 ELSE w.days END
      AND l.changes > 0
ORDER BY w.first_day, w.days
LIMIT 1;
