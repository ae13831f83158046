-- Days on which somebody's fixes came near, and those of which something was said before. A day that is being graded
-- for the first time has no row of its own yet, and is still to be graded.
INSERT INTO track_dirty (mover_id, day)
SELECT t.mover_id, %(day)s
FROM (SELECT d.mover_id FROM track_day AS d WHERE d.day = %(day)s
      UNION SELECT d.mover_id FROM track_dirty AS d WHERE d.day = %(day)s) AS t
WHERE EXISTS (SELECT FROM fence_visit AS v WHERE v.mover_id = t.mover_id AND v.day = %(day)s AND v.fence_id = %(id)s)
      OR (%(movers)s::bigint[] = '{}' OR t.mover_id = ANY (%(movers)s::bigint[]))
         AND EXISTS (SELECT FROM fix AS x
                     WHERE x.mover_id = t.mover_id AND x.time >= %(since)s AND x.time < %(until)s
                           AND x.lon BETWEEN %(west)s AND %(east)s AND x.lat BETWEEN %(south)s AND %(north)s)
ORDER BY t.mover_id
ON CONFLICT (mover_id, day) DO UPDATE SET marks = track_dirty.marks + 1;
