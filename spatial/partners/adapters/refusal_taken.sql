UPDATE adapter_refusal SET state = 'taken', done_at = now(), event_id = %(event)s, message_cipher = NULL
WHERE id = %(id)s AND state <> 'taken';
