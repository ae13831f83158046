-- When the next one would be due, the one that nobody did is missed.
UPDATE inspection AS i SET state = 'missed'
FROM place AS p
JOIN place_kind AS k ON k.key = p.kind
WHERE i.place_id = p.id AND i.state = 'open' AND i.due_on + k.every_days[p.risk_level] <= %(today)s;
