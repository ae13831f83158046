INSERT INTO account (username, display_name, role, password_hash)
VALUES (%(username)s, %(display_name)s, %(role)s, %(password_hash)s)
ON CONFLICT (username) DO UPDATE SET
    display_name = EXCLUDED.display_name, role = EXCLUDED.role, password_hash = EXCLUDED.password_hash
RETURNING id;
