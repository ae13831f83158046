SELECT event_id FROM event_watch WHERE next_at <= now() ORDER BY next_at LIMIT %(most)s;
