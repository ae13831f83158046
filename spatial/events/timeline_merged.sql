SELECT e.id, e.no, e.title, s.at
FROM event AS e
CROSS JOIN LATERAL (
    SELECT at FROM event_step WHERE event_id = e.id AND verb = 'merge' ORDER BY id DESC LIMIT 1
) AS s
WHERE e.merged_into = %(id)s;
