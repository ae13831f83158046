SELECT e.id, e.external_id, e.description, e.urgency, e.version_id, e.units, e.organisation_id, e.worker_id,
       w.name AS worker, e.component_id, e.place_id, e.address_id, e.accepted_at, e.filed_at, e.dispatched_at,
       e.handled_at, e.verified_at, e.closed_at, e.due_at, coalesce(e.due_at < now(), false) AS overdue,
       e.handle_due_at, e.close_due_at, e.handled_on_time, e.returned_count, e.redispatched_count,
       e.escalated_level, e.supervised, e.disputed, e.valid, e.merged_into, e.attributes,
       ARRAY(SELECT f.id FROM event AS f WHERE f.merged_into = e.id ORDER BY f.id) AS merged
FROM event AS e
LEFT JOIN worker AS w ON w.id = e.worker_id
WHERE e.id = %(id)s;
