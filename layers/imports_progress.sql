SELECT id, state, progress, layers, problems, filename, asked_at, ended_at FROM import WHERE id = %(id)s;
