UPDATE inspection AS i
SET reports = i.reports || given.what,
    event_id = CASE given.what WHEN 'abnormal' THEN given.event ELSE i.event_id END,
    overdue_event_id = CASE given.what WHEN 'overdue' THEN given.event ELSE i.overdue_event_id END
FROM unnest(%(ids)s::bigint[], %(events)s::bigint[]) AS g (id, event)
CROSS JOIN LATERAL (SELECT g.event, %(what)s::text AS what) AS given
WHERE i.id = g.id;
