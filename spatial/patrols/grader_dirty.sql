-- Days that no calendar of ours holds cannot even be read; those that could not be graded wait until `since`.
SELECT mover_id, day
FROM track_dirty
WHERE day BETWEEN %(first)s::date AND %(last)s::date AND since <= now()
  -- A day with fixes in the archive is graded by whoever reads those (spatial.patrols.archive.regrading).
  AND NOT EXISTS (SELECT FROM archive_day AS a
                  WHERE a.gone_at IS NOT NULL AND a.day IN (track_dirty.day - 1, track_dirty.day))
ORDER BY since, mover_id, day
LIMIT %(most)s;
