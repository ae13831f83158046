INSERT INTO place_person (place_id, worker_id, role)
SELECT %(id)s, w.id, given.role
FROM unnest(%(workers)s::bigint[], %(roles)s::text[]) AS given (worker, role)
JOIN worker AS w ON w.id = given.worker;
