SELECT m.id, m.kind, m.gait, m.worker_id AS worker, m.resource_id AS resource, coalesce(w.name, r.name) AS name,
       w.code AS worker_code, w.on_duty, coalesce(w.unit_code, r.unit_code) AS unit_code, o.code AS organisation,
       p.time AS seen_at, p.lon, p.lat, p.speed_mps, p.course_deg, p.accuracy_m, p.battery_pct,
       p.unit_code AS seen_in
FROM mover AS m
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
LEFT JOIN organisation AS o ON o.id = coalesce(w.organisation_id, r.organisation_id)
LEFT JOIN last_position AS p ON p.mover_id = m.id
WHERE m.id > %(after)s
  AND (%(id)s::bigint IS NULL OR m.id = %(id)s)
  AND (%(kind)s::text IS NULL OR m.kind = %(kind)s)
  AND (%(unit)s::text IS NULL OR (coalesce(w.unit_code, r.unit_code) >= %(unit)s
                                  AND coalesce(w.unit_code, r.unit_code) < %(until)s))
  AND (%(organisation)s::text IS NULL OR o.code = %(organisation)s)
  AND (%(seen_within_s)s::bigint IS NULL OR p.time > now() - %(seen_within_s)s * interval '1 second')
  AND (%(text)s::text IS NULL OR w.code ILIKE %(text)s OR r.name ILIKE %(text)s)
ORDER BY m.id
LIMIT %(limit)s;
