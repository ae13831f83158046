UPDATE message_recipient AS r
SET state = e.state, reason = e.reason, next_at = now() + e.wait, changed_at = now()
FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(waits)s::interval[])
     AS e (id, state, reason, wait)
WHERE r.id = e.id AND r.state = 'sending';
