-- What waits for each.
SELECT worker_id, count(*)::integer
FROM event
WHERE worker_id IS NOT NULL AND state = 'dispatched'
GROUP BY worker_id;
