SELECT t.id, t.kind, t.name, t.scope, t.created_at, t.expires_at, u.last_used_at,
       coalesce(u.address, t.address) AS address, coalesce(u.agent, t.agent) AS agent, t.quota_per_minute
FROM token AS t
LEFT JOIN token_use AS u ON u.token_id = t.id
WHERE t.account_id = %(account_id)s AND t.kind = ANY(%(kinds)s) AND t.expires_at > now()
      AND t.revoked_at IS NULL
ORDER BY t.id DESC;
