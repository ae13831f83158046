SELECT id, state, category, urgency, due_at FROM event WHERE id = ANY (%(ids)s::bigint[]);
