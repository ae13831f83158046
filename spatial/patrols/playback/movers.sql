-- Movers whose tracks the reader may see, by number.
SELECT m.id, m.kind, m.worker_id, m.resource_id, m.gait
FROM mover AS m
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
LEFT JOIN organisation AS o ON o.id = coalesce(w.organisation_id, r.organisation_id)
WHERE (%(watches)s OR m.worker_id = %(worker)s::bigint)
  AND (%(movers)s::bigint[] IS NULL OR m.id = ANY (%(movers)s::bigint[]))
  AND (%(unit)s::text IS NULL OR (coalesce(w.unit_code, r.unit_code) >= %(unit)s
                                  AND coalesce(w.unit_code, r.unit_code) < %(until)s))
  AND (%(organisation)s::text IS NULL OR o.code = %(organisation)s)
  -- Who has nothing on these days needs no place.
  AND (EXISTS (SELECT FROM track_day AS d
               WHERE d.mover_id = m.id AND d.day BETWEEN %(first)s AND %(last)s AND d.fixes > 0)
       OR EXISTS (SELECT FROM track_dirty AS d WHERE d.mover_id = m.id AND d.day BETWEEN %(first)s AND %(last)s))
ORDER BY m.id
LIMIT %(limit)s;
