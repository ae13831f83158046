-- The source whose turn it is, for this process alone, and whether its account may still register any.
UPDATE external_source AS s SET claimed_at = now()
WHERE s.id = (
    SELECT d.id FROM external_source AS d
    WHERE d.mode = %(mode)s AND d.due_at <= now() AND d.claimed_at IS NULL
    ORDER BY d.due_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING s.id, s.layer, s.name, s.account_id, s.username, s.context, s.protocol, s.mode, s.url, s.remote, s.options,
          s.every_minutes, s.secret_kind, s.secret_cipher, s.plan, s.digest, s.state, s.tries,
          s.account_id IS NULL OR EXISTS (
              SELECT FROM account AS a
              WHERE a.id = s.account_id AND NOT a.disabled AND a.role = s.context ->> 'role'
          ) AS may;
