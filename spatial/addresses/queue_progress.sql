SELECT id, kind, filename, state, progress, report, problems, asked_at, ended_at FROM address_job WHERE id = %(id)s;
