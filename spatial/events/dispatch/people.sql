-- Everybody who may be sent.
SELECT w.id, w.organisation_id, w.unit_code, w.skills, w.on_duty, ST_X(w.geom), ST_Y(w.geom)
FROM worker AS w
ORDER BY w.id;
