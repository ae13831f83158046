DELETE FROM fix_mark
WHERE mover_id = %(mover)s AND time = %(time)s AND (%(mark)s::int IS NULL OR mark = %(mark)s);
