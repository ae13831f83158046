-- Open a dispute for events that were decided so near a border as the rule for their matter says: while they
-- wait to be handled, and unless somebody has settled that already. The reason names no unit: whoever may see
-- the event may read it.
INSERT INTO dispute (event_id, raised_by, reason, facts, username)
SELECT n.event_id, 'border',
       format('%%s m from the border with another unit', round(n.border_m::numeric, 2)),
       jsonb_build_object('border_m', round(n.border_m::numeric, 3), 'runner_up', n.beyond), 'system'
FROM unnest(%(events)s::bigint[], %(categories)s::text[], %(metres)s::double precision[], %(beyond)s::text[])
    AS n (event_id, category, border_m, beyond)
JOIN event AS e ON e.id = n.event_id AND e.state IN ('reported', 'accepted', 'filed', 'dispatched')
CROSS JOIN LATERAL (
    SELECT r.border_m
    FROM dispute_rule AS r
    WHERE r.category IS NULL OR n.category ^@ r.category
    ORDER BY length(r.category) DESC NULLS LAST
    LIMIT 1
) AS rule
WHERE n.border_m <= rule.border_m
  AND NOT EXISTS (SELECT FROM dispute AS d
                  WHERE d.event_id = n.event_id AND d.raised_by = 'border' AND d.state <> 'open')
ON CONFLICT (event_id) WHERE state = 'open' DO NOTHING
RETURNING event_id;
