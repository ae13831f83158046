-- Webhooks, as the courier needs them.
SELECT h.id, h.name, h.kind, h.url, h.account_id, h.topics, h.categories, h.units, h.sources, h.options,
       h.timeout_s, h.parallel, h.retries_s, h.after_dead, h.edition, h.secret_cipher,
       CASE WHEN h.old_secret_until > now() THEN h.old_secret_cipher END AS old_secret_cipher,
       h.opener_kind, h.opener_cipher,
       p.life, p.txid::text AS txid, p.topic, p.row_id, p.failures, p.failing_since,
       p.rest_until <= now() AS awake
FROM webhook AS h
JOIN webhook_pace AS p ON p.webhook_id = h.id
WHERE h.state = ANY(%(states)s) AND (%(id)s::bigint IS NULL OR h.id = %(id)s)
ORDER BY h.id;
