  AND (%(movers)s::bigint[] IS NULL OR m.id = ANY (%(movers)s))
  AND (%(organisation)s::bigint IS NULL OR coalesce(k.organisation_id, r.organisation_id) = %(organisation)s)
  AND (%(role)s::text IS NULL OR CASE %(role)s WHEN 'vehicle' THEN m.kind = 'vehicle'
                                               WHEN 'person' THEN m.kind = 'person' ELSE k.role = %(role)s END)
