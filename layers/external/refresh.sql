UPDATE external_source SET due_at = now(), tries = 0 WHERE layer = %(layer)s RETURNING id;
