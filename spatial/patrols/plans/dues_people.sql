-- Who does it together, where that is somebody else now; what is under way keeps its people. In the order in which
-- grading locks.
WITH wanted AS (
    SELECT w.starts_at, array_agg(g.mover_id ORDER BY g.mover_id) AS movers
    FROM unnest(%(starts)s::timestamptz[]) AS w (starts_at)
    JOIN unnest(%(movers)s::bigint[], %(sinces)s::timestamptz[]) AS g (mover_id, since) ON g.since < w.starts_at
    GROUP BY w.starts_at
), held AS (
    SELECT d.id, w.movers
    FROM patrol_due AS d
    JOIN wanted AS w ON w.starts_at = d.starts_at
    WHERE d.plan_id = %(plan_id)s AND d.mover_id IS NULL AND d.starts_at > now() AND d.movers <> w.movers
    ORDER BY d.id
    FOR UPDATE OF d
)
UPDATE patrol_due AS d SET movers = h.movers FROM held AS h WHERE d.id = h.id;
