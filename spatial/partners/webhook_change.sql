UPDATE webhook SET
    name = %(name)s, url = %(url)s, topics = %(topics)s, categories = %(categories)s, units = %(units)s,
    sources = %(sources)s, options = %(options)s, timeout_s = %(timeout_s)s, parallel = %(parallel)s,
    retries_s = %(retries_s)s, after_dead = %(after_dead)s, state = %(state)s, why = %(why)s,
    edition = edition + 1
WHERE id = %(id)s;
