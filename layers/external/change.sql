UPDATE external_source SET
    url = coalesce(%(url)s, url), every_minutes = coalesce(%(every_minutes)s, every_minutes),
    secret_kind = CASE WHEN %(secret_given)s THEN %(secret_kind)s ELSE secret_kind END,
    secret_cipher = CASE WHEN %(secret_given)s THEN %(secret_cipher)s::bytea ELSE secret_cipher END,
    due_at = now(), tries = 0
WHERE layer = %(layer)s
RETURNING id;
