-- Rows of one level, joined by the part of the span that they are of and by whether they are of the reader's
-- organisation: thousands of rows are not worth a trip each. Sizes were asked for before: no value is large.
SELECT w.part, {ours} AS ours, string_agg(h.entries, ''::bytea)
FROM unnest(%(parts)s::smallint[], %(days)s::smallint[], %(firsts)s::date[]) AS w (part, days, first_day)
JOIN heat AS h ON h.level = %(level)s AND h.days = w.days AND h.first_day = w.first_day
{people}
WHERE h.west <= %(east)s AND h.east >= %(west)s AND h.north <= %(south)s AND h.south >= %(north)s
  AND mod(h.mover_id, %(slices)s::bigint) = %(slice)s::bigint
{which}
GROUP BY 1, 2;
