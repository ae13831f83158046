INSERT INTO webhook_attempt (delivery_id, status, ms, answer, error)
SELECT id, %(status)s, %(ms)s, %(answer)s, %(error)s FROM webhook_delivery WHERE id = %(id)s;
