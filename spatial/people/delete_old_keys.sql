DELETE FROM token WHERE expires_at < now() - interval '1 day';
