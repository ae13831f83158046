SELECT id, no, occurred_at, state, organisation_id, worker_id FROM event WHERE id = %(event)s;
