UPDATE roll_call_result SET state = %(state)s, why = %(why)s, corrected_at = now()
WHERE roll_call_id = %(id)s AND at = %(at)s AND mover_id = %(mover)s AND (state, why) <> (%(state)s, %(why)s);
