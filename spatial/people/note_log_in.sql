UPDATE account SET last_login_at = now(), password_hash = coalesce(%(password_hash)s, password_hash)
WHERE id = %(id)s;
