UPDATE track_dirty SET since = now() + %(pause)s::interval WHERE mover_id = %(mover)s AND day = %(day)s;
