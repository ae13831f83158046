-- Of movers whose organisation does not simply take everything: what becomes of their fixes off duty, and their
-- shifts, widened by the margin, that touch the span of the batch. A mover without shifts has one row.
SELECT m.id, p.mode = 'mask', (extract(epoch FROM s.starts_at) * 1000000)::bigint - p.margin_min * 60000000::bigint,
       (extract(epoch FROM s.ends_at) * 1000000)::bigint + p.margin_min * 60000000::bigint
FROM mover AS m
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
JOIN LATERAL (
    SELECT mode, margin_min
    FROM roster_policy
    WHERE organisation_id = coalesce(w.organisation_id, r.organisation_id) OR organisation_id IS NULL
    ORDER BY organisation_id NULLS LAST
    LIMIT 1
) AS p ON p.mode <> 'all'
LEFT JOIN shift AS s ON s.mover_id = m.id
     AND s.ends_at >= 'epoch'::timestamptz + (%(begin_us)s::bigint / 3600000000 - 5) * interval '1 hour'
     AND s.starts_at <= 'epoch'::timestamptz + (%(end_us)s::bigint / 3600000000 + 5) * interval '1 hour'
WHERE m.id = ANY (%(movers)s);
