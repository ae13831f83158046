SELECT h.mover_id, m.kind = 'person', h.entries FROM heat AS h JOIN mover AS m ON m.id = h.mover_id
WHERE h.level = 0 AND h.days = %(days)s AND h.first_day = %(first_day)s
  AND h.west <= %(east)s AND h.east >= %(west)s AND h.north <= %(south)s AND h.south >= %(north)s;
