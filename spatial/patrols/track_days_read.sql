SELECT mover_id, day, edition, parameters, fixes, good, verdicts, distance_m, moving_s, standing_s, first_at, last_at,
       stays, trips, heat
FROM track_day
WHERE mover_id = %(mover)s AND day = ANY (%(days)s::date[])
ORDER BY day;
