SELECT a.id, a.username, a.display_name, a.role, a.reach, a.area, a.organisation_id, a.worker_id, a.disabled,
       a.must_change_password, a.created_at, a.created_by, a.last_login_at, account_layers(a.id) AS layers
FROM account AS a
WHERE a.id > %(after)s
ORDER BY a.id
LIMIT %(limit)s;
