-- Complaints beside the pipes of a network: each with its time and the pipe in service that lies nearest to it.
SELECT e.id, e.occurred_at, near.id AS link
FROM event AS e
CROSS JOIN LATERAL (
    SELECT l.id
    FROM network_link AS l
    WHERE l.network_id = %(network)s AND l.state = 'in_service' AND l.geom && ST_Expand(e.geom, %(degrees)s)
      AND ST_DWithin(l.geom::geography, e.geom::geography, %(metres)s)
    ORDER BY ST_Distance(l.geom::geography, e.geom::geography), l.id
    LIMIT 1
) AS near
WHERE e.occurred_at >= %(since)s AND e.occurred_at < %(until)s
  AND EXISTS (SELECT FROM unnest(%(categories)s::text[]) AS c (code) WHERE starts_with(e.category, c.code))
  AND e.state NOT IN ('rejected', 'merged', 'cancelled')
ORDER BY e.id
LIMIT %(limit)s;
