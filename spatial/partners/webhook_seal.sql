UPDATE webhook SET secret_cipher = %(secret)s, old_secret_cipher = %(old)s, old_secret_until = %(until)s
WHERE id = %(id)s;
