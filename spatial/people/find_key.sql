SELECT a.id, a.username, a.display_name, a.role, t.expires_at
FROM token AS t
JOIN account AS a ON a.id = t.account_id
WHERE t.digest = %(digest)s AND t.expires_at > now() AND NOT a.disabled;
