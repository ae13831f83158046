-- The active terminal that each mover carries now; of several the one that was heard of last.
SELECT DISTINCT ON (c.mover_id) c.mover_id, d.id
FROM device_carrier AS c
JOIN device AS d ON d.id = c.device_id AND d.state = 'active' AND d.protocol = ANY (%(protocols)s)
WHERE c.mover_id = ANY (%(movers)s) AND tstzrange(c.since, c.until) @> now()
ORDER BY c.mover_id, d.last_seen_at DESC NULLS LAST, d.id;
