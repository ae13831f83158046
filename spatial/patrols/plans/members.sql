-- Whose mover it is, the policy of the worker says: of others there is only the number.
SELECT m.mover_id, m.organisation_id, m.unit_code, w.id AS worker_id, w.code AS worker, w.name, o.name AS organisation
FROM patrol_member AS m
LEFT JOIN mover AS v ON v.id = m.mover_id
LEFT JOIN worker AS w ON w.id = v.worker_id
LEFT JOIN organisation AS o ON o.id = m.organisation_id
WHERE m.plan_id = %(plan_id)s
ORDER BY m.id;
