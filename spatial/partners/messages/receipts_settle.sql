-- A gateway may begin its numbers anew one day: of parts of the same number the newest is meant.
WITH known AS (
    SELECT DISTINCT ON (gateway_id) recipient_id, nr, gateway_id
    FROM message_part
    WHERE gateway_id = ANY(%(ids)s::text[])
    ORDER BY gateway_id, sent_at DESC
), come AS (
    DELETE FROM message_receipt AS r USING known AS k WHERE r.gateway_id = k.gateway_id
    RETURNING r.id, k.recipient_id, k.nr, r.state, r.reason, r.at
), first AS (
    SELECT DISTINCT ON (recipient_id, nr) recipient_id, nr, state, reason, at FROM come
    ORDER BY recipient_id, nr, id
)
UPDATE message_part AS p
SET state = f.state, reason = f.reason, done_at = f.at
FROM first AS f
WHERE p.recipient_id = f.recipient_id AND p.nr = f.nr AND p.state = 'sent'
RETURNING p.recipient_id;
