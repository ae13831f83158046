UPDATE handover SET state = %(state)s, error = %(error)s, done_at = now() WHERE id = %(id)s;
