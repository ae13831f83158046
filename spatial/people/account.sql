SELECT id, username, password_hash, password_changed_at, must_change_password
FROM account
WHERE username = %(username)s AND NOT disabled;
