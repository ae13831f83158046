INSERT INTO track_dirty (mover_id, day)
SELECT t.mover_id, t.day
FROM track_day AS t
JOIN mover AS m ON m.id = t.mover_id
JOIN unnest(%(gaits)s::text[], %(digests)s::bigint[]) AS g (gait, digest) ON g.gait = m.gait
WHERE t.parameters <> g.digest AND (%(mover)s::bigint IS NULL OR t.mover_id = %(mover)s)
ORDER BY t.mover_id, t.day
ON CONFLICT (mover_id, day) DO UPDATE SET marks = track_dirty.marks + 1;
