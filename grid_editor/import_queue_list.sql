SELECT id, plan_id, username, filename, bytes, options, state, stage, progress, tries, step, problems, summary,
       asked_at, started_at, ended_at
FROM plan_import
WHERE plan_id = %(plan_id)s AND (%(id)s::bigint IS NULL OR id = %(id)s)
ORDER BY id DESC;
