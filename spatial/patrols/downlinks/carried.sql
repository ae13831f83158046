-- The active device that a mover carries now; of several the one that was heard of last.
SELECT d.id
FROM device_carrier AS c
JOIN device AS d ON d.id = c.device_id AND d.state = 'active' AND d.protocol = ANY (%(protocols)s)
WHERE c.mover_id = %(mover)s AND tstzrange(c.since, c.until) @> now()
ORDER BY d.last_seen_at DESC NULLS LAST, d.id
LIMIT 1;
