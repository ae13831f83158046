SELECT mover_id, heat FROM track_day WHERE day = %(day)s AND mover_id = ANY (%(movers)s::bigint[]);
