UPDATE handover
SET state = 'sent', service_request_id = %(reference)s, token = %(token)s, error = '', sent_at = now()
WHERE id = %(id)s;
