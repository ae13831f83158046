-- The network whose pipe in service lies nearest to a point, no farther than so many metres.
SELECT n.name
FROM network_link AS l
JOIN network AS n ON n.id = l.network_id
CROSS JOIN (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS geom) AS p
WHERE l.geom && ST_Expand(p.geom, %(degrees)s) AND l.state = 'in_service'
  AND ST_DWithin(l.geom::geography, p.geom::geography, %(metres)s)
ORDER BY ST_Distance(l.geom::geography, p.geom::geography), n.name
LIMIT 1;
