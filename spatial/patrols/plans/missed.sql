-- `conditions` are written by missed.py; every value is bound.
SELECT m.id, m.due_id, m.target_id, t.name AS target, t.seq, d.plan_id, p.name AS plan, d.mover_id, m.word,
       d.starts_at, d.ends_at, ST_AsGeoJSON(m.geom, 7)::json AS geometry
FROM patrol_missed AS m
JOIN patrol_due AS d ON d.id = m.due_id
JOIN patrol_plan AS p ON p.id = d.plan_id
JOIN patrol_target AS t ON t.id = m.target_id
WHERE {conditions}
ORDER BY m.id DESC
LIMIT %(limit)s;
