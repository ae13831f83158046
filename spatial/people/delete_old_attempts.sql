DELETE FROM login_attempt WHERE at < now() - interval '180 days';
