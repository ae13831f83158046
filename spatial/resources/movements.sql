SELECT item, seq, delta, balance, reason, username, at
FROM stock_movement
WHERE resource_id = %(id)s AND (%(item)s::text IS NULL OR item = %(item)s)
ORDER BY at DESC, item, seq DESC
LIMIT %(limit)s;
