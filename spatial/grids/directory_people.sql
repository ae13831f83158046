-- Names are masked where they are stored.
SELECT p.worker_id, p.role, w.name, lower(p.valid) AS since
FROM unit_person AS p
JOIN worker AS w ON w.id = p.worker_id
WHERE p.unit_id = %(unit)s AND upper_inf(p.sys) AND p.valid @> coalesce(%(at)s::timestamptz, now())
ORDER BY p.role, p.worker_id;
