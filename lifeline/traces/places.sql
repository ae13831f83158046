-- Sensitive places beside these links, as far as the reader sees them.
SELECT DISTINCT p.id, p.name, p.kind
FROM network_link AS l
JOIN place AS p ON p.geom && ST_Expand(l.geom, %(degrees)s) AND ST_DWithin(p.geom::geography, l.geom::geography, %(metres)s)
WHERE l.id = ANY (%(links)s::bigint[])
ORDER BY p.id
LIMIT %(limit)s;
