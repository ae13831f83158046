-- Write down that devices have sent; in the order of their numbers, so that two processes never wait in a circle.
UPDATE device SET last_seen_at = now()
WHERE id IN (SELECT id FROM device WHERE id = ANY (%(devices)s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED);
