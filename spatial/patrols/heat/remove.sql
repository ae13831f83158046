DELETE FROM heat
WHERE level = %(level)s AND days = %(days)s AND first_day = %(first_day)s AND mover_id = %(mover)s;
