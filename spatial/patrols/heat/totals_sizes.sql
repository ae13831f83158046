-- How much there is of the totals of days and blocks, and where it lies: a row for each that has totals.
SELECT w.place, least(t.west, l.west), least(t.north, l.north), greatest(t.east, l.east), greatest(t.south, l.south),
       coalesce(t.octets, 0), coalesce(l.octets, 0)
FROM unnest(%(places)s::smallint[], %(days)s::smallint[], %(firsts)s::date[]) AS w (place, days, first_day)
JOIN heat_summed AS s ON s.days = w.days AND s.first_day = w.first_day AND s.made_at IS NOT NULL
CROSS JOIN LATERAL (
    SELECT min(h.west) AS west, min(h.north) AS north, max(h.east) AS east, max(h.south) AS south,
           sum(octet_length(h.entries))::bigint AS octets
    FROM heat_total AS h
    WHERE h.level = %(level)s AND h.days = w.days AND h.first_day = w.first_day AND h.by_unit = %(by_unit)s
      AND h.west <= %(east)s AND h.east >= %(west)s AND h.north <= %(south)s AND h.south >= %(north)s
) AS t
CROSS JOIN LATERAL (
    SELECT min(h.west) AS west, min(h.north) AS north, max(h.east) AS east, max(h.south) AS south,
           sum(coalesce(octet_length(h.more), 0) + coalesce(octet_length(h.less), 0))::bigint AS octets
    FROM heat_late AS h
    WHERE h.level = %(level)s AND h.day >= w.first_day AND h.day < w.first_day + w.days AND w.days = ANY (h.owed)
      AND h.west <= %(east)s AND h.east >= %(west)s AND h.north <= %(south)s AND h.south >= %(north)s
) AS l
ORDER BY 1;
