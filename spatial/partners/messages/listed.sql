SELECT m.id, m.created_at, m.username, m.occasion, m.event_id, m.step_id, m.warning_id, m.text, m.alphabet,
       m.parts, m.not_before, m.expires_at,
       (SELECT coalesce(jsonb_object_agg(s.state, s.people), '{}'::jsonb)
        FROM (SELECT r.state, count(*) AS people FROM message_recipient AS r
              WHERE r.message_id = m.id GROUP BY r.state) AS s) AS states
FROM message AS m
WHERE (%(event)s::bigint IS NULL OR m.event_id = %(event)s)
  AND (%(before)s::bigint IS NULL OR m.id < %(before)s)
  AND (%(state)s::text IS NULL
       OR EXISTS (SELECT FROM message_recipient AS r WHERE r.message_id = m.id AND r.state = %(state)s))
ORDER BY m.id DESC
LIMIT %(limit)s;
