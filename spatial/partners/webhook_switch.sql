UPDATE webhook SET state = %(state)s, why = %(why)s, edition = edition + 1
WHERE id = %(id)s AND state = 'active';
