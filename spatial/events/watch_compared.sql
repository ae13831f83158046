-- Those that somebody makes a step of now are compared once more, later: to propose a pair again changes nothing.
UPDATE event_watch AS w
SET compared = true
FROM (
    SELECT event_id
    FROM event_watch
    WHERE event_id = ANY (%(ids)s::bigint[])
    ORDER BY event_id
    FOR UPDATE SKIP LOCKED
) AS l
WHERE w.event_id = l.event_id;
