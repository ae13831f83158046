-- How much is to be read of each part of the span, and where it lies; entries themselves are not touched.
SELECT w.place, min(h.west), min(h.north), max(h.east), max(h.south), sum(octet_length(h.entries))::bigint
FROM unnest(%(places)s::smallint[], %(days)s::smallint[], %(firsts)s::date[]) AS w (place, days, first_day)
JOIN heat AS h ON h.level = %(level)s AND h.days = w.days AND h.first_day = w.first_day
{people}
WHERE h.west <= %(east)s AND h.east >= %(west)s AND h.north <= %(south)s AND h.south >= %(north)s
{which}
GROUP BY 1 ORDER BY 1;
