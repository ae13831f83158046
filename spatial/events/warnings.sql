SELECT w.id, w.event_id, w.state, w.due_at, w.share, w.at, e.no, e.title, e.unit_code, e.organisation_id,
       e.state = w.state AND e.due_at = w.due_at AS holds
FROM event_warning AS w
JOIN event AS e ON e.id = w.event_id
WHERE w.id > %(after)s
ORDER BY w.id
LIMIT %(limit)s;
