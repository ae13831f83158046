-- Whom the reader sees, by the policies of the moment: of past days the same people are told.
SELECT m.id, coalesce(coalesce(k.organisation_id, r.organisation_id) = %(ours)s::bigint, false)::integer
FROM mover AS m
LEFT JOIN worker AS k ON k.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
WHERE (%(movers)s::bigint[] IS NULL OR m.id = ANY (%(movers)s))
  AND (%(organisation)s::bigint IS NULL OR coalesce(k.organisation_id, r.organisation_id) = %(organisation)s)
  AND (%(role)s::text IS NULL OR CASE %(role)s WHEN 'vehicle' THEN m.kind = 'vehicle'
                                               WHEN 'person' THEN m.kind = 'person' ELSE k.role = %(role)s END)
ORDER BY m.id;
