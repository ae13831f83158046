INSERT INTO partner_reference (webhook_id, event_id, reference) VALUES (%(webhook)s, %(event)s, %(reference)s)
ON CONFLICT (webhook_id, event_id) DO UPDATE SET reference = excluded.reference, at = now();
