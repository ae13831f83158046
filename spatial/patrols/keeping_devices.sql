DELETE FROM device WHERE state = 'waiting' AND coalesce(last_seen_at, created_at) < now() - interval '30 days';
