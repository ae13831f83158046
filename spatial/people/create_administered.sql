INSERT INTO account (username, display_name, role, reach, area, organisation_id, worker_id, password_hash,
                     password_changed_at, must_change_password, created_by)
VALUES (%(username)s, %(display_name)s, %(role)s, %(reach)s, %(area)s, %(organisation_id)s, %(worker_id)s,
        %(password_hash)s, now(), true, %(created_by)s)
RETURNING id;
