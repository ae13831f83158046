SELECT o.code AS organisation, p.mode, p.margin_min, p.duty_by
FROM roster_policy AS p
LEFT JOIN organisation AS o ON o.id = p.organisation_id
ORDER BY o.code NULLS FIRST;
