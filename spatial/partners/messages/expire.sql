UPDATE message_recipient AS r
SET state = 'expired', reason = 'not sent in time', changed_at = now()
FROM message AS m
WHERE m.id = r.message_id AND r.state = 'queued' AND m.expires_at <= now();
