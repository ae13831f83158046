-- Of people whom the reader may see; names are masked where they are stored.
SELECT r.at, r.mover_id, w.id AS worker_id, w.code AS worker, w.name, r.state, r.why, r.first_state, r.first_why,
       r.counts, r.grace_min, r.taken_at, r.corrected_at
FROM roll_call_result AS r
JOIN mover AS m ON m.id = r.mover_id
LEFT JOIN worker AS w ON w.id = m.worker_id
WHERE r.roll_call_id = %(id)s AND r.at >= %(since)s AND r.at < %(until)s
      AND (%(state)s::text IS NULL OR r.state = %(state)s)
      AND (r.at, r.mover_id) > (%(after_at)s::timestamptz, %(after_mover)s::bigint)
ORDER BY r.at, r.mover_id
LIMIT %(limit)s;
