INSERT INTO adapter (name, title, kind, source, account_id, mapping, options, sample)
VALUES (
    %(name)s, %(title)s, %(kind)s, %(source)s, %(account_id)s, %(mapping)s, %(options)s, %(sample)s
)
RETURNING id;
