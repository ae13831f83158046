-- Webhooks as their keepers see them: what was asked for, how the partner does, and what waits.
SELECT h.id, h.name, h.kind, h.url, h.account_id, a.username AS owner, h.topics, h.categories, h.units,
       h.sources, h.options, h.timeout_s, h.parallel, h.retries_s, h.after_dead, h.state, h.why, h.edition,
       CASE WHEN h.old_secret_until > now() THEN h.old_secret_until END AS old_secret_until,
       h.opener_kind AS opened_with, h.created_at,
       p.life, p.txid::text AS txid, p.topic, p.row_id, p.failures, p.failing_since,
       CASE WHEN p.rest_until > now() THEN p.rest_until END AS rest_until,
       p.last_at, p.last_good_at, p.last_status, p.last_error,
       d.waiting, d.oldest_at, d.next_at, d.dead, d.held
FROM webhook AS h
JOIN webhook_pace AS p ON p.webhook_id = h.id
LEFT JOIN account AS a ON a.id = h.account_id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
           min(at) FILTER (WHERE state = 'waiting') AS oldest_at,
           min(next_at) FILTER (WHERE state = 'waiting' AND next_at < 'infinity') AS next_at,
           count(*) FILTER (WHERE state = 'dead') AS dead,
           count(*) FILTER (WHERE state = 'waiting' AND next_at = 'infinity') AS held
    FROM webhook_delivery
    WHERE webhook_id = h.id AND state IN ('waiting', 'dead')
) AS d
WHERE %(id)s::bigint IS NULL OR h.id = %(id)s
ORDER BY h.name;
