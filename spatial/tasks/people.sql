-- People and vehicles that the reader sees; of a group as of now.
SELECT m.id AS mover_id, w.id AS worker_id, r.id AS resource_id
FROM mover AS m
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
WHERE num_nonnulls(w.id, r.id) > 0
  AND (m.id = ANY (%(movers)s::bigint[]) OR w.id = ANY (%(workers)s::bigint[]) OR r.id = ANY (%(vehicles)s::bigint[])
       OR (%(is_group)s
           AND (%(unit)s::text IS NULL OR (coalesce(w.unit_code, r.unit_code) >= %(unit)s
                                           AND coalesce(w.unit_code, r.unit_code) < %(until)s))
           AND (%(organisation)s::bigint IS NULL OR coalesce(w.organisation_id, r.organisation_id) = %(organisation)s)
           AND (%(on_duty)s::boolean IS NULL OR w.on_duty = %(on_duty)s)))
ORDER BY m.id
LIMIT %(most)s;
