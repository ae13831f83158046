-- Offices as their keepers see them, and what is in their hands.
SELECT f.id, f.name, f.organisation_id, o.name AS organisation, f.account_id, a.username AS owner, f.url, f.options,
       f.state, f.why, f.since, f.poll_minutes, f.next_poll_at, f.failures,
       CASE WHEN f.rest_until > now() THEN f.rest_until END AS rest_until, f.last_at, f.last_good_at, f.last_error,
       h.waiting, h.doubtful, h.sent, h.dead
FROM office AS f
LEFT JOIN organisation AS o ON o.id = f.organisation_id
LEFT JOIN account AS a ON a.id = f.account_id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
           count(*) FILTER (WHERE state = 'doubtful') AS doubtful,
           count(*) FILTER (WHERE state = 'sent') AS sent,
           count(*) FILTER (WHERE state = 'dead') AS dead
    FROM handover
    WHERE office_id = f.id AND state IN ('waiting', 'doubtful', 'sent', 'dead')
) AS h
WHERE %(name)s::text IS NULL OR f.name = %(name)s
ORDER BY f.name;
