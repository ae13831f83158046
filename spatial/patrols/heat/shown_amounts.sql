SELECT first_day - date '1970-01-05', min(west), min(north), max(east), max(south), sum(octet_length(entries))::bigint
FROM heat_shown
WHERE level = %(level)s AND first_day = ANY (%(weeks)s::date[])
  AND west <= %(east)s AND east >= %(west)s AND north <= %(south)s AND south >= %(north)s
  AND (%(unit)s::text IS NULL OR (unit_code >= %(unit)s AND unit_code < %(unit_until)s))
GROUP BY 1 ORDER BY 1;
