-- What is sent next, or looked for: what waits longest, so that one that fails again and again lets the others by.
-- Who takes one says so first: were the process to die, it would be in doubt.
UPDATE handover AS h
SET tries = h.tries + 1, first_try_at = coalesce(h.first_try_at, now()), state = 'doubtful',
    next_at = now() + interval '2 minutes'
FROM (
    SELECT id, state, tries FROM handover
    WHERE office_id = %(office)s AND state IN ('waiting', 'doubtful') AND next_at <= now()
    ORDER BY next_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
) AS was, event AS e
WHERE h.id = was.id AND e.id = h.event_id
RETURNING h.id, h.office_id, h.event_id, was.state, was.tries, h.first_try_at, h.service_request_id, h.token,
          h.made_at, e.state AS event_state, e.organisation_id,
          greatest(e.dispatched_at, (
              SELECT max(s.at) FROM event_step AS s WHERE s.event_id = e.id AND s.verb = 'escalate'
          )) AS given_at,
          ARRAY(
              SELECT p.service_request_id FROM handover AS p
              WHERE p.office_id = h.office_id AND p.event_id = h.event_id AND p.service_request_id IS NOT NULL
          ) AS earlier;
