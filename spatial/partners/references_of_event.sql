SELECT r.webhook_id, h.name AS webhook, r.reference, r.at
FROM partner_reference AS r
JOIN webhook AS h ON h.id = r.webhook_id
WHERE r.event_id = %(event)s
ORDER BY r.webhook_id;
