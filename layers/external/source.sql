-- What is registered, without what it is opened with; the policy decides who sees it.
SELECT id, layer, name, username, protocol, mode, url, remote, options, every_minutes, secret_kind IS NOT NULL AS has_secret,
       secret_kind, state, problems, tries, due_at, claimed_at, created_at
FROM external_source
WHERE (%(layer)s::text IS NULL OR layer = %(layer)s) AND (%(id)s::bigint IS NULL OR id = %(id)s)
ORDER BY id;
