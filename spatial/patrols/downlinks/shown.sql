SELECT id, kind, content, state, reason, tries, username, client_id, created_at, expires_at, sent_at, done_at
FROM downlink
WHERE device_id = %(device)s AND (%(id)s::bigint IS NULL OR id = %(id)s)
  AND (%(state)s::text IS NULL OR state = %(state)s) AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC
LIMIT %(limit)s;
