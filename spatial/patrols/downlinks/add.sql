INSERT INTO downlink (device_id, kind, content, account_id, username, client_id, expires_at)
VALUES (%(device)s, %(kind)s, %(content)s, %(account)s, %(username)s, %(client_id)s, now() + %(valid)s)
RETURNING id;
