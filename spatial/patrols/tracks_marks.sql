SELECT time, mark
FROM fix_mark
WHERE mover_id = %(mover)s AND time >= %(begin)s AND time < %(until)s;
