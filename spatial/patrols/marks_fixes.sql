SELECT mark
FROM fix
WHERE mover_id = %(mover)s AND time = %(time)s AND (%(mark)s::int IS NULL OR mark = %(mark)s)
ORDER BY mark;
