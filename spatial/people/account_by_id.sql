SELECT id, username, password_hash, password_changed_at, must_change_password
FROM account
WHERE id = %(id)s AND NOT disabled;
