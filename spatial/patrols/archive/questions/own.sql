-- The policy lets through what is the reader's own.
SELECT id, asked, state, problem, coalesce(octet_length(result), 0) AS octets, rights, asked_at, started_at, ended_at
FROM archive_question
WHERE %(id)s::bigint IS NULL OR id = %(id)s
ORDER BY id DESC;
