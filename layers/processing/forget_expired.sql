DELETE FROM process_job WHERE expires_at <= now();
