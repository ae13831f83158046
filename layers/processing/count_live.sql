SELECT count(*) FROM process_job
WHERE account_id = %(account_id)s AND (expires_at IS NULL OR expires_at > now());
