-- Nobody goes to places whose kind was retired or bears no risk.
UPDATE inspection AS i SET state = 'cancelled'
FROM place AS p
JOIN place_kind AS k ON k.key = p.kind
WHERE i.place_id = p.id AND i.state = 'open' AND (k.retired_at IS NOT NULL OR NOT k.risk_bearing);
