SELECT h.id, f.name AS office, h.event_id, e.no, h.state, h.service_request_id, h.token, h.status, h.status_notes,
       h.updated_at, h.tries, h.error, h.made_at, h.sent_at, h.done_at
FROM handover AS h
JOIN event AS e ON e.id = h.event_id
LEFT JOIN office AS f ON f.id = h.office_id
WHERE (%(office)s::bigint IS NULL OR h.office_id = %(office)s)
  AND (%(event)s::bigint IS NULL OR h.event_id = %(event)s)
  AND (%(state)s::text IS NULL OR h.state = %(state)s)
  AND (%(after)s::bigint IS NULL OR h.id > %(after)s)
ORDER BY h.id
LIMIT %(limit)s;
