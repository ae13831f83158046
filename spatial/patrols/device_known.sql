SELECT id, protocol, identity, state, account_id, profile, auth_code, secret_cipher, last_seen_at
FROM device
WHERE protocol = %(protocol)s AND identity = %(identity)s;
