-- The adapter whose server is asked next, for this process alone: not again before it has had the time.
UPDATE adapter_pace AS p
SET next_at = now() + interval '10 minutes', last_at = now()
FROM adapter AS a
WHERE a.id = p.adapter_id AND p.adapter_id = (
    SELECT d.adapter_id
    FROM adapter_pace AS d
    JOIN adapter AS s ON s.id = d.adapter_id
    WHERE s.kind = 'open311' AND s.state = 'active' AND d.next_at <= now()
    ORDER BY d.next_at
    LIMIT 1
    FOR UPDATE OF d SKIP LOCKED
)
RETURNING a.name, p.read_until, p.failures;
