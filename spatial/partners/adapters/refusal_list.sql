SELECT r.id, r.key, r.problems, r.state, r.tries, r.event_id, r.why, r.first_at, r.at, r.done_at
FROM adapter_refusal AS r
JOIN adapter AS a ON a.id = r.adapter_id
WHERE a.name = %(name)s
  AND (%(state)s::text IS NULL OR r.state = %(state)s)
  AND (%(after)s::bigint IS NULL OR r.id > %(after)s)
  AND (%(id)s::bigint IS NULL OR r.id = %(id)s)
ORDER BY r.id
LIMIT %(limit)s;
