-- The policy lets through what is the reader's own.
SELECT id, layer, format, asked, record, state, rows, expected, bytes, error, rights, asked_at, started_at,
       ended_at, expires_at
FROM export
WHERE (%(id)s::bigint IS NULL OR id = %(id)s) AND (expires_at IS NULL OR expires_at > now())
ORDER BY id DESC;
