UPDATE network_import SET state = 'cancelled', stage = '', file = NULL, ended_at = now()
WHERE id = %(id)s AND state IN ('waiting', 'proposed', 'confirmed', 'running');
