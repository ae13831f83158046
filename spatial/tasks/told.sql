UPDATE task_recipient AS r
SET downlink_id = t.downlink_id
FROM unnest(%(movers)s::bigint[], %(downlinks)s::bigint[]) AS t (mover_id, downlink_id)
WHERE r.task_id = %(task)s AND r.mover_id = t.mover_id;
