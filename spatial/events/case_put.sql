UPDATE event
SET state = %(state)s, organisation_id = %(organisation_id)s, worker_id = %(worker_id)s,
    accepted_at = %(accepted_at)s, filed_at = %(filed_at)s, dispatched_at = %(dispatched_at)s,
    handled_at = %(handled_at)s, verified_at = %(verified_at)s, closed_at = %(closed_at)s, due_at = %(due_at)s,
    handle_due_at = %(handle_due_at)s, close_due_at = %(close_due_at)s, handled_on_time = %(handled_on_time)s,
    returned_count = %(returned_count)s, redispatched_count = %(redispatched_count)s,
    escalated_level = %(escalated_level)s, supervised = %(supervised)s, disputed = %(disputed)s,
    valid = %(valid)s, merged_into = %(merged_into)s
WHERE id = %(id)s;
