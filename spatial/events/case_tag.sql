SELECT coalesce(max(id), 0) FROM event_step WHERE event_id = %(id)s;
