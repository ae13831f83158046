INSERT INTO token (digest, account_id, kind, scope, name, expires_at, address, agent, created_by,
                   quota_per_minute)
VALUES (%(digest)s, %(account_id)s, %(kind)s, %(scope)s, %(name)s, %(expires_at)s, %(address)s, %(agent)s,
        %(created_by)s, %(quota_per_minute)s)
RETURNING id;
