-- An adapter as messages are taken in by it; for the platform.
SELECT id, name, kind, source, account_id, mapping, options, state, why, changed_at FROM adapter WHERE name = %(name)s;
