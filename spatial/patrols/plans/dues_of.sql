-- In one order, so that two movers of one plan wait for one another and never in a ring.
SELECT id, plan_id, edition, starts_at, ends_at, rules, closed_at
FROM patrol_due
WHERE movers @> ARRAY[%(mover)s::bigint] AND starts_at < %(until)s AND ends_at > %(since)s
ORDER BY id
FOR UPDATE;
