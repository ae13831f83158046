-- Names are masked where they are stored; of the number only that there is one is looked at.
SELECT w.id AS worker_id, w.code, w.name, w.role, w.unit_code, w.on_duty, o.name AS organisation,
       o.name_en AS organisation_en, w.phone <> '' AS has_phone
FROM worker AS w
JOIN organisation AS o ON o.id = w.organisation_id
WHERE w.id = ANY(%(ids)s::bigint[])
   OR (%(is_group)s
       AND (%(organisation)s::bigint IS NULL OR w.organisation_id = %(organisation)s)
       AND (%(roles)s::text[] IS NULL OR w.role = ANY(%(roles)s))
       AND (%(on_duty)s::boolean IS NULL OR w.on_duty = %(on_duty)s)
       AND (%(unit)s::text IS NULL
            OR starts_with(w.unit_code, %(unit)s)
            OR w.id IN (
                SELECT p.worker_id
                FROM unit_version AS v
                JOIN unit_person AS p ON p.unit_id = v.unit_id AND upper_inf(p.sys) AND p.valid @> now()
                WHERE v.coverage = 'grids' AND upper_inf(v.sys) AND v.valid @> now()
                  AND starts_with(v.code, %(unit)s))))
ORDER BY w.code
LIMIT %(most)s;
