-- Patrols whose time is over and whose tracks are graded, or were waited for long enough; and those that were judged
-- without waiting, once the grading is through. Those that could not be judged stand behind the others.
SELECT o.id
FROM (
    SELECT d.id, coalesce(d.try_at, d.ends_at) AS at
    FROM patrol_due AS d
    WHERE d.closed_at IS NULL AND d.ends_at <= %(before)s AND (d.try_at IS NULL OR d.try_at <= %(now)s)
          AND (d.ends_at <= %(at_last)s OR NOT EXISTS (
              SELECT FROM track_dirty AS t
              WHERE t.mover_id = ANY (d.movers)
                    AND t.day BETWEEN (d.starts_at AT TIME ZONE 'Asia/Shanghai')::date
                                  AND (d.ends_at AT TIME ZONE 'Asia/Shanghai')::date))
    UNION ALL
    SELECT d.id, coalesce(d.try_at, d.ends_at) AS at
    FROM patrol_result AS r
    JOIN patrol_due AS d ON d.id = r.due_id
    WHERE r.reason = 'not_graded' AND (d.try_at IS NULL OR d.try_at <= %(now)s)
          AND NOT EXISTS (
              SELECT FROM track_dirty AS t
              WHERE t.mover_id = ANY (d.movers)
                    AND t.day BETWEEN (d.starts_at AT TIME ZONE 'Asia/Shanghai')::date
                                  AND (d.ends_at AT TIME ZONE 'Asia/Shanghai')::date)
) AS o
ORDER BY o.at, o.id
LIMIT %(limit)s;
