SELECT id, username, display_name, role, password_hash
FROM account
WHERE username = %(username)s AND NOT disabled;
