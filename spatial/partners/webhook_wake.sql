-- Somebody has looked after it: the partner is asked again at once.
UPDATE webhook_pace SET rest_until = '-infinity', failures = 0, failing_since = NULL WHERE webhook_id = %(id)s;
