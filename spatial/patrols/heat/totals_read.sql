-- Totals and what has come since, in one statement and so of one moment. A row of sign 0 for each that has totals.
WITH wanted AS MATERIALIZED (
    SELECT w.place, w.days, w.first_day
    FROM unnest(%(places)s::smallint[], %(days)s::smallint[], %(firsts)s::date[]) AS w (place, days, first_day)
    JOIN heat_summed AS s ON s.days = w.days AND s.first_day = w.first_day AND s.made_at IS NOT NULL
), late AS MATERIALIZED (
    SELECT string_agg(h.more, ''::bytea) AS more, string_agg(h.less, ''::bytea) AS less
    FROM wanted AS w
    JOIN heat_late AS h ON h.level = %(level)s AND h.day >= w.first_day AND h.day < w.first_day + w.days
                       AND w.days = ANY (h.owed)
    WHERE h.west <= %(east)s AND h.east >= %(west)s AND h.north <= %(south)s AND h.south >= %(north)s
)
SELECT place, 0::smallint AS sign, NULL::bytea AS entries FROM wanted
UNION ALL
SELECT w.place, 1::smallint, h.entries
FROM wanted AS w
JOIN heat_total AS h ON h.level = %(level)s AND h.days = w.days AND h.first_day = w.first_day AND h.by_unit = %(by_unit)s
WHERE h.west <= %(east)s AND h.east >= %(west)s AND h.north <= %(south)s AND h.south >= %(north)s
UNION ALL
SELECT NULL, 1::smallint, more FROM late WHERE more IS NOT NULL
UNION ALL
SELECT NULL, -1::smallint, less FROM late WHERE less IS NOT NULL;
