UPDATE task
SET state = 'cancelled', reason = %(reason)s, cancelled_at = now(), cancelled_by = %(username)s, remind_at = NULL
WHERE id = %(task)s AND state = 'open'
RETURNING movers;
