UPDATE message_recipient AS r
SET state = CASE WHEN d.is_sent THEN 'sent' ELSE %(state)s END,
    reason = CASE WHEN d.is_sent THEN '' ELSE %(reason)s END, next_at = now(), changed_at = now()
FROM (
    SELECT s.id, (SELECT count(*) FROM message_part AS p WHERE p.recipient_id = s.id)
                 >= CASE WHEN %(whole)s THEN 1 ELSE m.parts END AS is_sent
    FROM message_recipient AS s
    JOIN message AS m ON m.id = s.message_id
    WHERE s.state = 'sending'
) AS d
WHERE r.id = d.id
RETURNING r.id, r.state;
