SELECT entries FROM heat
WHERE level = 0 AND days = %(days)s AND first_day = %(first_day)s
  AND west <= %(east)s AND east >= %(west)s AND north <= %(south)s AND south >= %(north)s;
