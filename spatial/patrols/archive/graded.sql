SELECT t.mover_id, m.kind, m.gait FROM track_day AS t JOIN mover AS m ON m.id = t.mover_id WHERE t.day = %(day)s
ORDER BY t.mover_id;
