DELETE FROM event_watch AS w USING event AS e WHERE e.id = w.event_id AND e.due_at IS NULL;
