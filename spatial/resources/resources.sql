-- `conditions` are written by store.py; every value is bound.
SELECT r.id, r.kind, r.name, r.name_en, r.state, r.capacity, r.unit_of_measure, o.code AS organisation_code,
       o.name AS organisation, r.phone, r.opening, r.address, r.unit_code, ST_X(r.geom) AS lon,
       ST_Y(r.geom) AS lat, r.area IS NOT NULL AS has_area, r.generated
FROM resource AS r
LEFT JOIN organisation AS o ON o.id = r.organisation_id
WHERE {conditions}
ORDER BY r.id
LIMIT %(limit)s;
