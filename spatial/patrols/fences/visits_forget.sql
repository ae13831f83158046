DELETE FROM fence_visit AS v
USING unnest(%(fences)s::bigint[], %(sinces)s::timestamptz[]) AS gone (fence_id, since)
WHERE v.mover_id = %(mover)s AND v.fence_id = gone.fence_id AND v.since = gone.since;
