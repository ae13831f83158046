-- A place that stands higher now is due sooner: counted from today.
UPDATE inspection AS i
SET level = p.risk_level, due_on = CASE WHEN p.risk_level < i.level
    THEN least(i.due_on, greatest(%(today)s, i.due_from) + k.every_days[p.risk_level]) ELSE i.due_on END
FROM place AS p
JOIN place_kind AS k ON k.key = p.kind
WHERE i.place_id = p.id AND i.state = 'open' AND i.level <> p.risk_level;
