-- `conditions` are written by reading.py; every value is bound. A visit that goes on after midnight is put together
-- with what follows; whoever has been silent for too long is not said to be there still.
SELECT v.fence_id, f.name AS fence, v.mover_id, w.id AS worker_id, w.code AS worker, w.name, v.since,
       CASE WHEN e.is_over THEN coalesce(e.until, e.last_at) END AS until, e.last_at,
       CASE WHEN e.is_over THEN coalesce(nullif(e.ended, 'midnight'), 'silent') END AS ended,
       e.probability >= %(certain)s AS certain, e.probability, e.fixes
FROM fence_visit AS v
LEFT JOIN fence AS f ON f.id = v.fence_id
LEFT JOIN mover AS m ON m.id = v.mover_id
LEFT JOIN worker AS w ON w.id = m.worker_id
CROSS JOIN LATERAL (
    WITH RECURSIVE part AS (
        SELECT v.until, v.last_at, v.ended, v.probability, v.fixes, 1 AS days
        UNION ALL
        SELECT n.until, n.last_at, n.ended, n.probability, n.fixes, p.days + 1
        FROM part AS p
        JOIN fence_visit AS n ON n.fence_id = v.fence_id AND n.mover_id = v.mover_id AND n.since = p.until
        WHERE p.ended = 'midnight' AND p.days < %(most_days)s
    )
    SELECT (array_agg(p.until ORDER BY p.days DESC))[1] AS until, max(p.last_at) AS last_at,
           (array_agg(p.ended ORDER BY p.days DESC))[1] AS ended, max(p.probability) AS probability,
           sum(p.fixes)::integer AS fixes,
           (array_agg(p.until ORDER BY p.days DESC))[1] IS NOT NULL
               OR max(p.last_at) < now() - %(silent)s::interval AS is_over
    FROM part AS p
) AS e
WHERE NOT EXISTS (SELECT FROM fence_visit AS b
                  WHERE b.fence_id = v.fence_id AND b.mover_id = v.mover_id AND b.ended = 'midnight'
                        AND b.until = v.since AND b.day = v.day - 1)
      AND {conditions}
ORDER BY v.since DESC, v.fence_id DESC, v.mover_id DESC
LIMIT %(limit)s;
