SELECT CASE WHEN event_id = %(id)s THEN other_id ELSE event_id END AS other_id, score, reasons, status, at
FROM event_link
WHERE event_id = %(id)s OR other_id = %(id)s;
