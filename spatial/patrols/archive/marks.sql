SELECT mover_id, time, mark FROM fix_mark
WHERE time >= %(begin)s AND time < %(end)s AND mover_id BETWEEN %(first)s AND %(last)s;
