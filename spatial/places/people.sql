-- Names are masked in the store.
SELECT pp.worker_id, w.code, w.name, w.phone, pp.role, w.on_duty, pp.since
FROM place_person AS pp
JOIN worker AS w ON w.id = pp.worker_id
WHERE pp.place_id = %(id)s
ORDER BY pp.role, w.code;
