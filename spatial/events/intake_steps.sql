-- The steps that new events have made: a state that was reached has a moment, and a verb that leads to it. A
-- statement of its own: policies see the events by now.
INSERT INTO event_step (
    event_id, at, verb, from_state, to_state, account_id, username, organisation_id, worker_id
)
SELECT e.id, s.at, s.verb, s.from_state, s.to_state, %(account)s, %(username)s,
       CASE WHEN s.to_state = %(sent)s THEN e.organisation_id END,
       CASE WHEN s.to_state = %(sent)s THEN e.worker_id END
FROM unnest(%(ids)s::bigint[]) AS taken (id)
JOIN event AS e ON e.id = taken.id,
LATERAL unnest(
    ARRAY[e.reported_at, e.accepted_at, e.filed_at, e.dispatched_at, e.handled_at, e.verified_at, e.closed_at],
    %(verbs)s::text[], %(froms)s::text[], %(states)s::text[]
) WITH ORDINALITY AS s (at, verb, from_state, to_state, place)
WHERE s.at IS NOT NULL
ORDER BY e.id, s.place;
