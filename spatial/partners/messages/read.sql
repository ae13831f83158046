SELECT m.id, m.created_at, m.username, m.occasion, m.event_id, m.step_id, m.warning_id, m.text, m.alphabet,
       m.parts, m.not_before, m.expires_at
FROM message AS m
WHERE m.id = %(id)s;
