UPDATE alarm_state AS s
SET state = g.state, rule_edition = g.edition, wake_at = g.wake_at, refused = g.refused
FROM unnest(%(ids)s::bigint[], %(editions)s::bigint[], %(states)s::text[], %(wakes)s::timestamptz[],
            %(refused)s::jsonb[]) AS g (id, edition, state, wake_at, refused)
WHERE s.id = g.id;
