SELECT mover_id, day, heat FROM track_day
WHERE day >= %(since)s AND day < %(until)s AND (%(movers)s::bigint[] IS NULL OR mover_id = ANY (%(movers)s))
ORDER BY mover_id, day;
