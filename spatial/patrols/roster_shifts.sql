-- Of movers whose organisation does not simply take everything: what becomes of their fixes off duty, and their
-- shifts, widened by the margin, that touch the span of the batch. A mover without shifts has one row. Where duty goes
-- by signs, it is from each sign-in to the next sign-out; these may overlap.
SELECT m.id, p.mode = 'mask', (extract(epoch FROM s.starts_at) * 1000000)::bigint - p.margin_min * 60000000::bigint,
       (extract(epoch FROM s.ends_at) * 1000000)::bigint + p.margin_min * 60000000::bigint
FROM mover AS m
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
JOIN LATERAL (
    SELECT mode, margin_min, duty_by
    FROM roster_policy
    WHERE organisation_id = coalesce(w.organisation_id, r.organisation_id) OR organisation_id IS NULL
    ORDER BY organisation_id NULLS LAST
    LIMIT 1
) AS p ON p.mode <> 'all'
CROSS JOIN LATERAL (
    SELECT 'epoch'::timestamptz + (%(begin_us)s::bigint / 3600000000 - 5) * interval '1 hour' AS since,
           'epoch'::timestamptz + (%(end_us)s::bigint / 3600000000 + 5) * interval '1 hour' AS until
) AS b
LEFT JOIN LATERAL (
    SELECT h.starts_at, h.ends_at FROM shift AS h
    WHERE p.duty_by = 'shift' AND h.mover_id = m.id AND h.ends_at >= b.since AND h.starts_at <= b.until
    UNION ALL
    SELECT g.at, least(g.at + %(longest)s::interval,
                       (SELECT min(o.at) FROM sign AS o WHERE o.mover_id = m.id AND o.kind = 'out' AND o.at > g.at))
    FROM sign AS g
    WHERE p.duty_by = 'sign_in' AND g.mover_id = m.id AND g.kind = 'in'
          AND g.at >= b.since - %(longest)s::interval AND g.at <= b.until
) AS s ON true
WHERE m.id = ANY (%(movers)s);
