SELECT id, at, state, due_at, share FROM event_warning WHERE event_id = %(id)s ORDER BY id;
