UPDATE device SET last_seen_at = now()
WHERE id = ANY (%(ids)s) AND (last_seen_at IS NULL OR last_seen_at < now() - interval '1 minute');
