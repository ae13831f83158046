INSERT INTO token (digest, account_id, name, expires_at)
VALUES (%(digest)s, %(account_id)s, %(name)s, %(expires_at)s);
