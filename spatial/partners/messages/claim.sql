WITH turn AS (
    SELECT r.id
    FROM message_recipient AS r
    WHERE r.state = 'queued' AND r.next_at <= now()
    ORDER BY r.next_at, r.id
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE message_recipient AS r
    SET state = 'sending', tries = least(r.tries + 1, 32000), gateway = %(gateway)s, changed_at = now(),
        claimed = pg_current_xact_id()::text::bigint
    FROM turn
    WHERE r.id = turn.id
    RETURNING r.id, r.message_id, r.tries, r.round
)
SELECT t.id AS recipient_id, t.message_id, m.text, m.parts,
       ARRAY(SELECT p.nr FROM message_part AS p WHERE p.recipient_id = t.id ORDER BY p.nr) AS sent_parts,
       m.expires_at, t.tries, t.round
FROM taken AS t
JOIN message AS m ON m.id = t.message_id
ORDER BY t.id;
