INSERT INTO track_dirty (mover_id, day)
SELECT %(mover)s, day FROM unnest(%(days)s::date[]) AS day ORDER BY day
ON CONFLICT (mover_id, day) DO UPDATE SET marks = track_dirty.marks + 1;
