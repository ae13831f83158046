SELECT d.id, d.protocol, d.identity, d.name, d.state, d.account_id, d.profile, d.attributes, d.created_at, d.last_seen_at,
       c.mover_id AS mover, c.since, m.kind AS mover_kind, coalesce(w.name, r.name) AS mover_name, w.code AS worker_code
FROM device AS d
LEFT JOIN device_carrier AS c ON c.device_id = d.id AND c.since <= now() AND (c.until IS NULL OR c.until > now())
LEFT JOIN mover AS m ON m.id = c.mover_id
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
WHERE d.id > %(after)s
  AND (%(id)s::bigint IS NULL OR d.id = %(id)s)
  AND (%(state)s::text IS NULL OR d.state = %(state)s)
  AND (%(mover)s::bigint IS NULL OR c.mover_id = %(mover)s)
  AND (%(text)s::text IS NULL OR d.identity ILIKE %(text)s OR d.name ILIKE %(text)s)
ORDER BY d.id
LIMIT %(limit)s;
