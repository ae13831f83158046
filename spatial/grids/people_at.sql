-- At a moment; NULL: what holds to the end of time.
SELECT p.unit_id, p.worker_id, p.role
FROM unit_person AS p
JOIN unit AS u ON u.id = p.unit_id
WHERE u.coverage = %(coverage)s AND upper_inf(p.sys)
  AND (CASE WHEN %(at)s::timestamptz IS NULL THEN upper_inf(p.valid) ELSE p.valid @> %(at)s::timestamptz END)
ORDER BY p.unit_id, p.worker_id, p.role;
