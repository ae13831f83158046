-- Somebody who has gone where the reader does not see them keeps the number, and has no name here.
SELECT r.worker_id, w.id IS NOT NULL AS seen, w.code, w.name, r.state, r.tries, r.gateway, r.reason, r.changed_at,
       CASE WHEN r.state = 'queued' THEN r.next_at END AS next_at,
       (SELECT count(*) FROM message_part AS p WHERE p.recipient_id = r.id) AS parts_sent
FROM message_recipient AS r
LEFT JOIN worker AS w ON w.id = r.worker_id
WHERE r.message_id = %(id)s
ORDER BY r.id;
