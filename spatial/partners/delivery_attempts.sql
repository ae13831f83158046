SELECT at, status, ms, answer, error FROM webhook_attempt WHERE delivery_id = %(id)s ORDER BY id;
