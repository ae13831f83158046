INSERT INTO roll_call_result (roll_call_id, at, mover_id, state, why, first_state, first_why, counts, grace_min)
VALUES (%(id)s, %(at)s, %(mover)s, %(state)s, %(why)s, %(state)s, %(why)s, %(counts)s, %(grace_min)s)
ON CONFLICT DO NOTHING;
