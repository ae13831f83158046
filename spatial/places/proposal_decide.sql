UPDATE place_risk_proposal
SET state = %(state)s, decided_at = clock_timestamp(), decided_by = my_account(), decider = %(username)s,
    note = %(note)s
WHERE id = %(id)s;
