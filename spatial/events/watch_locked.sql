-- Locked before their events are read, by a statement of its own: whoever makes a step changes this row last.
SELECT event_id, started_at, compared, share
FROM event_watch
WHERE event_id = ANY (%(ids)s::bigint[])
ORDER BY event_id
FOR UPDATE SKIP LOCKED;
