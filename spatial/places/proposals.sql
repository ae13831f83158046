SELECT id, place_id, from_level, to_level, rule, reason, inspections, state, username, created_at, decided_at,
       decider, note
FROM place_risk_proposal
WHERE (%(place_id)s::bigint IS NULL OR place_id = %(place_id)s) AND (%(state)s::text IS NULL OR state = %(state)s)
      AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC
LIMIT %(limit)s;
