UPDATE plan_import SET state = 'cancelled', stage = '', file = NULL, ended_at = now()
WHERE id = %(id)s AND plan_id = %(plan_id)s AND state IN ('waiting', 'running');
