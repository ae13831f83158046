-- `conditions` are written by store.py; every value is bound.
SELECT p.id, p.kind, p.name, p.name_en, p.address, p.risk_level, p.unit_code, o.code AS organisation_code,
       o.name AS organisation, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, p.area IS NOT NULL AS has_area,
       p.generated, i.id AS inspection_id, i.due_on, coalesce(i.due_on < %(today)s, false) AS overdue
FROM place AS p
LEFT JOIN organisation AS o ON o.id = p.organisation_id
LEFT JOIN inspection AS i ON i.place_id = p.id AND i.state = 'open'
WHERE {conditions}
ORDER BY p.id
LIMIT %(limit)s;
