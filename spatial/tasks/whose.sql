SELECT title, kind, unit_code, account_id, created_at FROM task WHERE id = %(task)s;
