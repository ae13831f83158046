UPDATE adapter
SET title = %(title)s, source = %(source)s, account_id = %(account_id)s, mapping = %(mapping)s,
    options = %(options)s, sample = %(sample)s, state = %(state)s, why = %(why)s, changed_at = now()
WHERE id = %(id)s;
