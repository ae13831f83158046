SELECT mover_id, count(*) FROM fix WHERE time >= %(begin)s AND time < %(end)s GROUP BY mover_id;
