SELECT m.id, m.kind, m.worker_id, m.resource_id, m.gait
FROM mover AS m
WHERE CASE WHEN %(worker)s::bigint IS NULL THEN m.id = %(mover)s ELSE m.worker_id = %(worker)s END;
