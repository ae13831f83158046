SELECT secret_cipher, CASE WHEN old_secret_until > now() THEN old_secret_cipher END AS old_secret_cipher
FROM adapter
WHERE id = %(id)s;
