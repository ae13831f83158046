SELECT i.id, i.place_id, i.state, p.risk_level, p.kind
FROM inspection AS i
JOIN place AS p ON p.id = i.place_id
WHERE i.id = %(id)s
FOR UPDATE OF i;
