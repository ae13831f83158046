SELECT day, reason, sum(count)::bigint AS count, max(last_at) AS last_at
FROM fix_refusal
WHERE device_id = %(id)s
GROUP BY day, reason
ORDER BY day DESC, reason
LIMIT 100;
