UPDATE handover
SET state = %(state)s, error = %(error)s, next_at = now() + make_interval(secs => %(wait_s)s)
WHERE id = %(id)s;
