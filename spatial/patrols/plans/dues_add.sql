-- Of everybody what is missing; what is there is not even looked at for writing.
INSERT INTO patrol_due (plan_id, mover_id, movers, starts_at, ends_at, edition, rules)
SELECT %(plan_id)s, g.mover_id, ARRAY[g.mover_id], w.starts_at, w.ends_at, %(edition)s, %(rules)s
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS w (starts_at, ends_at)
JOIN unnest(%(movers)s::bigint[], %(sinces)s::timestamptz[]) AS g (mover_id, since) ON g.since < w.starts_at
LEFT JOIN patrol_due AS d ON d.plan_id = %(plan_id)s AND d.mover_id = g.mover_id AND d.starts_at = w.starts_at
WHERE d.id IS NULL
ORDER BY w.starts_at, g.mover_id
ON CONFLICT DO NOTHING;
