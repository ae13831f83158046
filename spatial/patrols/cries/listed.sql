-- Names and codes of those who cry, as far as the reader sees them.
SELECT c.id, c.mover_id, w.id AS worker_id, r.id AS resource_id, coalesce(w.name, r.name) AS name, c.device_id, c.way,
       c.state, c.at, c.received_at, c.late, c.times, c.last_at, c.lon, c.lat, c.accuracy_m, c.placed_at, c.unit_code,
       c.note, c.level, c.acknowledged_at, c.acknowledged_by, c.closed_at, c.closed_by, c.word, c.remark, c.edition,
       c.username
FROM cry AS c
LEFT JOIN mover AS m ON m.id = c.mover_id
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
WHERE (%(id)s::bigint IS NULL OR c.id = %(id)s)
  AND (%(state)s::text IS NULL OR c.state = %(state)s)
  AND (%(mover)s::bigint IS NULL OR c.mover_id = %(mover)s)
  AND (%(since)s::timestamptz IS NULL OR c.received_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.received_at < %(until)s)
  AND (%(before)s::bigint IS NULL OR c.id < %(before)s)
ORDER BY c.id DESC
LIMIT %(limit)s;
