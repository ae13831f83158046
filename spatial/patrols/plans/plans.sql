-- `conditions` are written by store.py; every value is bound.
SELECT p.id, p.name, p.kind, p.unit_code, p.organisation_id, o.name AS organisation, p.valid_from, p.valid_until,
       p.starts, p.ends, p.period, p.days, p.weekdays, p.every, p.rounds, p.together, p.rules, p.note, p.retired_at,
       p.edition, p.username, p.created_at
FROM patrol_plan AS p
LEFT JOIN organisation AS o ON o.id = p.organisation_id
WHERE {conditions}
ORDER BY p.id DESC
LIMIT %(limit)s;
