SELECT id, filename, dry_run, state, counts, asked_at, ended_at FROM component_survey ORDER BY id DESC LIMIT 200;
