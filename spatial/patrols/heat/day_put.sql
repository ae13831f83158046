UPDATE track_day SET heat = %(heat)s WHERE mover_id = %(mover)s AND day = %(day)s AND heat IS DISTINCT FROM %(heat)s;
