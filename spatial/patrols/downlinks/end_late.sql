-- What nobody has confirmed in time.
UPDATE downlink
SET state = CASE WHEN expires_at <= now() THEN 'expired' ELSE 'failed' END,
    reason = CASE WHEN expires_at <= now() THEN '' ELSE 'no answer' END,
    done_at = now()
WHERE state IN ('queued', 'sent') AND (expires_at <= now() OR (tries >= %(most)s AND next_at <= now()));
