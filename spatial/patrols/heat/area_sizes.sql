SELECT sum(octet_length(h.entries))::bigint, min(h.west), min(h.north), max(h.east), max(h.south) FROM heat AS h
WHERE h.level = 0 AND h.days = %(days)s AND h.first_day = %(first_day)s
  AND h.west <= %(east)s AND h.east >= %(west)s AND h.north <= %(south)s AND h.south >= %(north)s;
