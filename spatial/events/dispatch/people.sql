-- Everybody who may be sent, with what waits for them.
WITH loads AS (
    SELECT worker_id, count(*)::integer AS waiting
    FROM event
    WHERE worker_id IS NOT NULL AND state = 'dispatched'
    GROUP BY worker_id
)

SELECT w.id, w.organisation_id, w.unit_code, w.skills, w.on_duty, ST_X(w.geom), ST_Y(w.geom),
       coalesce(l.waiting, 0)
FROM worker AS w
LEFT JOIN loads AS l ON l.worker_id = w.id
ORDER BY w.id;
