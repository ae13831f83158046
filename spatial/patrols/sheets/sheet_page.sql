SELECT * FROM ({sheet}) AS s
WHERE (s.mover_id, s.day) > (%(after_mover)s, %(after_day)s::date)
ORDER BY s.mover_id, s.day
LIMIT %(limit)s;
