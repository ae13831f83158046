-- What was refused before has become an event.
UPDATE adapter_refusal AS r
SET state = 'taken', done_at = now(), event_id = given.event, message_cipher = NULL
FROM unnest(%(keys)s::text[], %(events)s::bigint[]) AS given (key, event)
WHERE r.adapter_id = %(adapter)s AND r.key = given.key AND r.state <> 'taken';
