SELECT mover_id, string_agg(entries, ''::bytea) FROM heat
WHERE level = %(level)s AND days = %(of)s AND first_day >= %(since)s AND first_day < %(until)s
GROUP BY mover_id ORDER BY mover_id;
