-- Archived days of which something has come since, of which something else is said now, or that hold somebody who is gone.
SELECT a.day
FROM archive_day AS a
WHERE a.gone_at IS NOT NULL AND a.tier <> 'dropped'
  AND (a.is_stale
       OR EXISTS (SELECT FROM fix AS f
                  WHERE f.time >= a.day::timestamp AT TIME ZONE 'UTC'
                    AND f.time < (a.day + 1)::timestamp AT TIME ZONE 'UTC')
       OR EXISTS (SELECT FROM unnest(a.movers) AS x (id) WHERE x.id NOT IN (SELECT m.id FROM mover AS m)))
ORDER BY a.day;
