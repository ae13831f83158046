-- The policy of results decides of whom the reader may know what became.
SELECT d.id, d.plan_id, d.edition, d.movers, d.starts_at, d.ends_at, d.rules, d.closed_at
FROM patrol_due AS d
JOIN patrol_result AS r ON r.due_id = d.id
WHERE d.plan_id = %(plan)s AND d.starts_at >= %(since)s AND d.starts_at < %(until)s
ORDER BY d.starts_at, d.id
LIMIT %(limit)s;
