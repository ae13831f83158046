WITH put_back AS (
    UPDATE message_recipient
    SET state = 'queued', next_at = now(), tries = 0, round = round + 1, reason = '', changed_at = now()
    WHERE message_id = %(message)s AND worker_id = ANY(%(workers)s::bigint[])
      AND state IN ('failed', 'expired', 'uncertain')
    RETURNING id
), longer AS (
    UPDATE message SET expires_at = greatest(expires_at, now() + valid_for)
    WHERE id = %(message)s
)
DELETE FROM message_part WHERE recipient_id IN (SELECT id FROM put_back);
