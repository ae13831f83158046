SELECT day FROM track_dirty WHERE mover_id = %(mover)s AND day = ANY (%(days)s::date[]);
