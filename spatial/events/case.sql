SELECT id, state, category, urgency, unit_code, organisation_id, worker_id, reported_by, accepted_at, filed_at,
       dispatched_at, handled_at, verified_at, closed_at, due_at, handle_due_at, close_due_at, handled_on_time,
       returned_count, redispatched_count, escalated_level, supervised, disputed, valid, merged_into
FROM event
WHERE id = %(id)s;
