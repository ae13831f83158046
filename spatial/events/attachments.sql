SELECT e.digest, e.name, e.kind, a.media_type, a.bytes, e.at, e.step_id
FROM event_attachment AS e
JOIN attachment AS a ON a.digest = e.digest
WHERE e.event_id = %(id)s
ORDER BY e.at, e.digest;
