-- Codes are compared as a range: of the area's readers their policy does the same.
SELECT entries FROM heat_shown
WHERE level = %(level)s AND first_day = ANY (%(weeks)s::date[])
  AND west <= %(east)s AND east >= %(west)s AND north <= %(south)s AND south >= %(north)s
  AND (%(unit)s::text IS NULL OR (unit_code >= %(unit)s AND unit_code < %(unit_until)s));
