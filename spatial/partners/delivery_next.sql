-- When is there something to do next?
SELECT extract(epoch FROM min(greatest(d.next_at, p.rest_until)) - now())::double precision
FROM webhook AS h
JOIN webhook_pace AS p ON p.webhook_id = h.id
CROSS JOIN LATERAL (
    SELECT next_at FROM webhook_delivery
    WHERE webhook_id = h.id AND state = 'waiting' AND next_at < 'infinity' AND id <> ALL(%(under_way)s)
    ORDER BY next_at
    LIMIT 1
) AS d
WHERE h.state = 'active';
