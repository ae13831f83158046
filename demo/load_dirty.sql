INSERT INTO track_dirty (mover_id, day)
SELECT DISTINCT mover_id, (time AT TIME ZONE 'Asia/Shanghai')::date FROM fix ORDER BY 1, 2
ON CONFLICT DO NOTHING
