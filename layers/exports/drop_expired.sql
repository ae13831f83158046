DELETE FROM export WHERE expires_at <= now();
