-- Open a dispute for events that came back as often as the rule for their matter says; counted from the last
-- ruling on.
INSERT INTO dispute (event_id, raised_by, reason, facts, username)
SELECT e.id, 'returns', format('returned or dispatched again %%s times', e.bounced - coalesce(past.bounced, 0)),
       jsonb_build_object('bounced', e.bounced), 'system'
FROM (SELECT id, category, returned_count + redispatched_count AS bounced FROM event
      WHERE id = ANY(%(events)s::bigint[])) AS e
CROSS JOIN LATERAL (
    SELECT r.returns
    FROM dispute_rule AS r
    WHERE r.category IS NULL OR e.category ^@ r.category
    ORDER BY length(r.category) DESC NULLS LAST
    LIMIT 1
) AS rule
LEFT JOIN LATERAL (
    SELECT max((d.facts ->> 'bounced')::integer) AS bounced FROM dispute AS d WHERE d.event_id = e.id
) AS past ON true
WHERE e.bounced - coalesce(past.bounced, 0) >= rule.returns
ON CONFLICT (event_id) WHERE state = 'open' DO NOTHING
RETURNING event_id;
