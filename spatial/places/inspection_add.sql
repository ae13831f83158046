INSERT INTO inspection (place_id, level, due_from, due_on, worker_id, organisation_id)
SELECT p.id, p.risk_level, %(today)s, %(due_on)s, w.id, coalesce(p.organisation_id, w.organisation_id)
FROM place AS p
LEFT JOIN worker AS w ON w.id = %(worker_id)s
WHERE p.id = %(place_id)s
RETURNING id, worker_id;
