SELECT id FROM event_step WHERE event_id = %(event)s ORDER BY id DESC LIMIT 1;
