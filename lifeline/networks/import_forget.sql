-- What nobody has confirmed within a week is let go.
UPDATE network_import SET state = 'cancelled', file = NULL, ended_at = now()
WHERE state = 'proposed' AND asked_at < now() - interval '7 days';
