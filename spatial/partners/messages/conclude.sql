-- Whoever lacks one part has not got the message; it has arrived when all of it has.
UPDATE message_recipient AS r
SET state = s.state, reason = s.reason, changed_at = now()
FROM (
    SELECT recipient_id,
           CASE WHEN bool_or(state = 'failed') THEN 'failed' WHEN bool_or(state = 'expired') THEN 'expired'
                WHEN bool_and(state = 'delivered') THEN 'delivered' ELSE 'sent' END AS state,
           coalesce(max(reason) FILTER (WHERE state IN ('failed', 'expired')), '') AS reason
    FROM message_part
    WHERE recipient_id = ANY(%(ids)s::bigint[])
    GROUP BY recipient_id
) AS s
WHERE r.id = s.recipient_id AND r.state = 'sent' AND s.state <> 'sent';
