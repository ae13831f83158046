SELECT mover_id, fixes, good, distance_m, moving_s, standing_s, first_at, last_at, trips
FROM track_day
WHERE day = ANY (%(days)s::date[]) AND mover_id = ANY (%(movers)s::bigint[]);
