INSERT INTO external_health AS h (
    layer, state, since, checked_at, answered_at, answer_ms, data_at, changed_at, features, error
)
SELECT l.name, %(state)s, now(), now(), CASE WHEN %(error)s::text IS NULL THEN now() END, %(answer_ms)s::integer,
       CASE WHEN %(read)s THEN now() END, CASE WHEN %(changed)s THEN now() END, %(features)s::bigint, %(error)s::text
FROM layer AS l
WHERE l.name = %(layer)s
ON CONFLICT (layer) DO UPDATE SET
    state = EXCLUDED.state, since = CASE WHEN h.state = EXCLUDED.state THEN h.since ELSE now() END,
    checked_at = now(), answered_at = coalesce(EXCLUDED.answered_at, h.answered_at),
    answer_ms = coalesce(EXCLUDED.answer_ms, h.answer_ms), data_at = coalesce(EXCLUDED.data_at, h.data_at),
    changed_at = coalesce(EXCLUDED.changed_at, h.changed_at), features = coalesce(EXCLUDED.features, h.features),
    error = EXCLUDED.error;
