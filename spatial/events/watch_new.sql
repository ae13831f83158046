SELECT event_id FROM event_watch WHERE event_id = ANY (%(ids)s::bigint[]) AND NOT compared ORDER BY event_id;
