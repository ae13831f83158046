UPDATE dispute SET state = 'withdrawn', ruled_at = now(), ruled_by = %(account)s, ruled_username = %(username)s
WHERE id = %(id)s AND state = 'open';
