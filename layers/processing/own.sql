-- The policy lets through what is the reader's own.
SELECT number, process, state, progress, message, media_type, rights, created_at, started_at, updated_at, ended_at
FROM process_job
WHERE (%(number)s::uuid IS NULL OR number = %(number)s) AND (expires_at IS NULL OR expires_at > now())
    AND (%(processes)s::text[] IS NULL OR process = ANY (%(processes)s))
    AND (%(states)s::text[] IS NULL OR state = ANY (%(states)s))
    AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR created_at <= %(until)s)
    AND (%(shortest)s::float8 IS NULL OR extract(EPOCH FROM coalesce(ended_at, now()) - started_at) >= %(shortest)s)
    AND (%(longest)s::float8 IS NULL OR extract(EPOCH FROM coalesce(ended_at, now()) - started_at) <= %(longest)s)
ORDER BY id DESC
LIMIT %(limit)s OFFSET %(offset)s;
