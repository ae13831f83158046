INSERT INTO place_risk_proposal (place_id, from_level, to_level, rule, reason, inspections, account_id, username)
VALUES (%(place_id)s, %(from_level)s, %(to_level)s, %(rule)s, %(reason)s, %(inspections)s, my_account(),
        %(username)s)
ON CONFLICT (place_id) WHERE state = 'open' DO NOTHING
RETURNING id;
