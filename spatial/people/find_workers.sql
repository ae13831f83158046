-- Names are masked where they are stored; whose reach a person lies in, the policy of the table decides.
SELECT w.id, w.code, w.name, w.role, w.unit_code, w.on_duty, o.name AS organisation, o.name_en AS organisation_en,
       w.generated
FROM worker AS w
JOIN organisation AS o ON o.id = w.organisation_id
WHERE %(text)s = ''
   OR strpos(lower(w.code), lower(%(text)s)) > 0
   OR starts_with(w.name, %(surname)s)
-- Those of the same community first, then those of the same street, then everybody.
ORDER BY starts_with(coalesce(w.unit_code, ''), left(%(near)s, 12)) DESC,
         starts_with(coalesce(w.unit_code, ''), left(%(near)s, 9)) DESC,
         w.on_duty DESC, w.code
LIMIT %(most)s;
