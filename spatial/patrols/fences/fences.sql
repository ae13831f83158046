-- `conditions` are written by store.py; every value is bound.
SELECT f.id, f.name, ST_AsGeoJSON(f.geom, 9)::json AS geometry, f.radius_m, f.place_id, f.unit_code, f.organisation_id,
       o.name AS organisation, f.movers, f.starts, f.ends, f.days, f.weekdays, f.min_dwell_s, f.join_s,
       f.worst_accuracy_m, f.notices, f.note, f.retired_at, f.edition, f.recount_day IS NOT NULL AS counting,
       f.username, f.created_at
FROM fence AS f
LEFT JOIN organisation AS o ON o.id = f.organisation_id
WHERE {conditions}
ORDER BY f.id DESC
LIMIT %(limit)s;
