SELECT count(*) FROM export WHERE account_id = %(account_id)s AND state IN ('waiting', 'running', 'done')
AND (expires_at IS NULL OR expires_at > now());
