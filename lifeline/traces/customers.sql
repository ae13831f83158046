-- Whoever hangs on these links and nodes, by category and priority.
SELECT c.category, c.priority, count(DISTINCT s.id) AS services, count(c.id) AS customers,
       coalesce(sum(c.meters), 0)::bigint AS meters, sum(c.people)::bigint AS people
FROM network_service AS s
LEFT JOIN network_customer AS c ON c.service_id = s.id AND c.state = 'in_service'
WHERE s.network_id = %(network)s AND s.state = 'in_service'
      AND (s.link_id = ANY (%(links)s::bigint[]) OR s.node_id = ANY (%(nodes)s::bigint[]))
GROUP BY c.category, c.priority
ORDER BY 4 DESC, 1, 2;
