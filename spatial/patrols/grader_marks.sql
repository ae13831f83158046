SELECT marks FROM track_dirty WHERE mover_id = %(mover)s AND day = %(day)s;
