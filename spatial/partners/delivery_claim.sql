-- Messages whose turn it is, as many as a webhook has hands for.
SELECT id, webhook_id, topic, row_id, subject, event_id, tries
FROM webhook_delivery
WHERE webhook_id = %(webhook)s AND state = 'waiting' AND next_at <= now() AND id <> ALL(%(under_way)s)
ORDER BY next_at, id
LIMIT %(limit)s;
