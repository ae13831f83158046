-- Single rows of one of the logs.
SELECT 1 AS topic, life, txid::text, id, at, event_id, verb,
       jsonb_build_object('id', id, 'verb', verb, 'from_state', from_state, 'to_state', to_state,
                          'username', username, 'organisation_id', organisation_id, 'note', note,
                          'detail', detail) AS facts
FROM event_step
WHERE %(topic)s = 1 AND id = ANY(%(ids)s)
UNION ALL
SELECT 2, life, txid::text, id, at, event_id, 'warning',
       jsonb_build_object('id', id, 'state', state, 'due_at', due_at, 'share', share)
FROM event_warning
WHERE %(topic)s = 2 AND id = ANY(%(ids)s)
UNION ALL
SELECT 3, life, txid::text, id, published_at, NULL::bigint, 'published',
       jsonb_build_object('id', id, 'coverage', coverage, 'valid_from', valid_from, 'note', note,
                          'plan_id', plan_id)
FROM coverage_version
WHERE %(topic)s = 3 AND id = ANY(%(ids)s);
