SELECT w.id, w.code, w.name, w.phone, w.role, w.skills, o.name AS organisation, o.name_en AS organisation_en,
       w.unit_code, w.on_duty, w.seen_at, w.generated
FROM worker AS w
JOIN organisation AS o ON o.id = w.organisation_id
WHERE w.id = ANY (%(keys)s)
ORDER BY w.id
LIMIT %(most)s;
