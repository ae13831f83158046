INSERT INTO stock_movement (resource_id, item, delta, reason)
SELECT %(id)s, item, delta, %(reason)s
FROM unnest(%(items)s::text[], %(deltas)s::numeric[]) AS given (item, delta)
ORDER BY item
RETURNING item, seq, delta, balance;
