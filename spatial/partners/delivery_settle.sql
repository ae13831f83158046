UPDATE webhook_delivery SET
    state = %(state)s, tries = tries + %(tries)s, status = %(status)s, why = %(why)s,
    next_at = now() + make_interval(secs => %(wait_s)s),
    done_at = CASE WHEN %(state)s = 'waiting' THEN NULL ELSE now() END
WHERE id = %(id)s AND state = 'waiting'
RETURNING subject;
