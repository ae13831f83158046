INSERT INTO webhook (
    name, kind, url, account_id, topics, categories, units, sources, options, timeout_s, parallel, retries_s,
    after_dead
)
VALUES (
    %(name)s, %(kind)s, %(url)s, %(account_id)s, %(topics)s, %(categories)s, %(units)s, %(sources)s,
    %(options)s, %(timeout_s)s, %(parallel)s, %(retries_s)s, %(after_dead)s
)
RETURNING id;
