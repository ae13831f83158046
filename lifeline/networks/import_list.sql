SELECT id, network_id, name, username, filename, bytes, digest, form, wish, proposals, state, stage, progress, problems,
       report, asked_at, confirmed_at, confirmed_by, started_at, ended_at
FROM network_import
WHERE (%(id)s::bigint IS NULL OR id = %(id)s) AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s;
