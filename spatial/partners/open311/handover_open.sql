-- What an office has in its hands, and how the event stands here.
SELECT h.id, h.office_id, h.event_id, h.state, h.tries, h.first_try_at, h.service_request_id, h.token, h.status,
       h.status_notes, h.updated_at, h.made_at, e.state AS event_state, e.organisation_id,
       greatest(e.dispatched_at, (
           SELECT max(s.at) FROM event_step AS s WHERE s.event_id = e.id AND s.verb = 'escalate'
       )) AS given_at
FROM handover AS h
JOIN event AS e ON e.id = h.event_id
WHERE h.office_id = %(office)s AND h.state = 'sent' AND h.id > %(after)s
ORDER BY h.id
LIMIT %(limit)s;
