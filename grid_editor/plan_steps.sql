SELECT s.seq, s.operation ->> 'op' AS op, s.title, s.username, s.at, s.seq <= p.head AS counts
FROM plan_step AS s
JOIN plan AS p ON p.id = s.plan_id
WHERE s.plan_id = %(id)s AND s.seq > %(after)s
ORDER BY s.seq
LIMIT %(limit)s;
