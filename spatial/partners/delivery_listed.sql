SELECT d.id, d.topic, d.row_id, d.subject, d.event_id, d.at, d.state, d.tries,
       CASE WHEN d.state = 'waiting' AND d.next_at < 'infinity' THEN d.next_at END AS next_at,
       d.state = 'waiting' AND d.next_at = 'infinity' AS behind, d.made_at, d.done_at, d.status, d.why
FROM webhook_delivery AS d
WHERE d.webhook_id = %(webhook)s AND (%(id)s::bigint IS NULL OR d.id = %(id)s)
      AND (%(state)s::text IS NULL OR d.state = %(state)s)
      AND (%(event)s::bigint IS NULL OR d.event_id = %(event)s)
      AND (%(before)s::bigint IS NULL OR d.id < %(before)s)
ORDER BY d.id DESC
LIMIT %(limit)s;
