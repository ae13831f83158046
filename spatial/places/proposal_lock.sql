SELECT id, place_id, from_level, to_level, rule, reason, state, decider
FROM place_risk_proposal
WHERE id = %(id)s AND place_id = %(place_id)s
FOR UPDATE;
