SELECT id, state_id, edition, acknowledged_by, state FROM alarm WHERE id = %(id)s;
