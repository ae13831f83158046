SELECT s.id, s.at, s.verb, s.from_state, s.to_state, s.username, s.organisation_id, o.name AS organisation,
       s.worker_id, w.name AS worker, s.note, s.detail
FROM event_step AS s
LEFT JOIN organisation AS o ON o.id = s.organisation_id
LEFT JOIN worker AS w ON w.id = s.worker_id
WHERE s.event_id = %(id)s
ORDER BY s.id;
