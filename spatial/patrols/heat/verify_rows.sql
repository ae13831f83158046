SELECT mover_id, first_day, level, ms, west, north, east, south, entries FROM heat
WHERE days = %(days)s AND first_day >= %(since)s AND first_day < %(until)s
  AND (%(movers)s::bigint[] IS NULL OR mover_id = ANY (%(movers)s));
