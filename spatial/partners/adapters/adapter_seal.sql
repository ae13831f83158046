-- What was good before stays so for a while, unless it is forgotten.
UPDATE adapter
SET secret_cipher = %(secret)s, old_secret_cipher = %(old)s, old_secret_until = %(until)s
WHERE id = %(id)s;
