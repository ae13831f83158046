INSERT INTO track_dirty (mover_id, day)
SELECT DISTINCT mover_id, (time AT TIME ZONE 'Asia/Shanghai')::date AS day
FROM fix
WHERE time >= %(begin)s AND time < %(until)s AND (%(mover)s::bigint IS NULL OR mover_id = %(mover)s)
ORDER BY mover_id, day
ON CONFLICT (mover_id, day) DO UPDATE SET marks = track_dirty.marks + 1;
