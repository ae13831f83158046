-- One that somebody else is at is theirs. `waiting`: of fixes of its days it is not known yet what they are.
SELECT d.id, d.plan_id, d.edition, d.starts_at, d.ends_at, d.rules, coalesce(d.closed_at, %(now)s) AS closed_at,
       EXISTS (
           SELECT FROM track_dirty AS t
           WHERE t.mover_id = ANY (d.movers)
                 AND t.day BETWEEN (d.starts_at AT TIME ZONE 'Asia/Shanghai')::date
                               AND (d.ends_at AT TIME ZONE 'Asia/Shanghai')::date) AS waiting
FROM patrol_due AS d
WHERE d.id = %(id)s
FOR UPDATE SKIP LOCKED;
