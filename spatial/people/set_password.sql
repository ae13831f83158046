UPDATE account SET password_hash = %(password_hash)s, password_changed_at = now(),
                   must_change_password = %(must_change)s
WHERE id = %(id)s;
