SELECT level, by_unit, 1::smallint AS sign, west, north, east, south, entries FROM heat_total
WHERE days = %(days)s AND first_day = %(first_day)s
UNION ALL
SELECT l.level, k.by_unit, s.sign, l.west, l.north, l.east, l.south, s.entries
FROM heat_late AS l
CROSS JOIN (VALUES (true), (false)) AS k (by_unit)
CROSS JOIN LATERAL (VALUES (1::smallint, l.more), (-1::smallint, l.less)) AS s (sign, entries)
WHERE l.day >= %(first_day)s AND l.day < %(until)s AND %(days)s::smallint = ANY (l.owed) AND s.entries IS NOT NULL;
