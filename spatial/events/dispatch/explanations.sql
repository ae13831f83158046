SELECT id, at, body
FROM explanation
WHERE event_id = %(event)s
ORDER BY id DESC
LIMIT 100;
