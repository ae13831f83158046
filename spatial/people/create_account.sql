INSERT INTO account (username, display_name, role, reach, area, organisation_id, worker_id, password_hash,
                     password_changed_at, must_change_password)
VALUES (%(username)s, %(display_name)s, %(role)s, %(reach)s, %(area)s, %(organisation_id)s, %(worker_id)s,
        %(password_hash)s, now(), %(must_change_password)s)
ON CONFLICT (username) DO UPDATE SET
    display_name = EXCLUDED.display_name, role = EXCLUDED.role, reach = EXCLUDED.reach,
    area = EXCLUDED.area, organisation_id = EXCLUDED.organisation_id, worker_id = EXCLUDED.worker_id,
    password_hash = EXCLUDED.password_hash, password_changed_at = EXCLUDED.password_changed_at,
    must_change_password = EXCLUDED.must_change_password
RETURNING id;
