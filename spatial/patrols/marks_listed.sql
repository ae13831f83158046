SELECT time, mark, reason, username, at
FROM fix_mark
WHERE mover_id = %(mover)s AND time >= %(begin)s AND time < %(until)s
ORDER BY time, mark;
