UPDATE export SET state = 'running', started_at = now(), tries = tries + 1, rows = 0, bytes = 0
WHERE id = (SELECT e.id FROM export AS e WHERE e.state = 'waiting' ORDER BY e.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, account_id, layer, format, asked, record, tries, asked_at;
