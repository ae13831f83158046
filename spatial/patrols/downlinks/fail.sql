UPDATE downlink SET state = 'failed', reason = %(reason)s, done_at = now()
WHERE id = %(id)s AND state IN ('queued', 'sent');
