SELECT id, filename, sha256, dry_run, state, progress, counts, problems, asked_at, ended_at
FROM component_survey WHERE id = %(id)s;
