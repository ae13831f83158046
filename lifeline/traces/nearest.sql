-- The link or node in service that lies nearest to a point, with metres; nodes first where both are as near.
SELECT kind, code, metres
FROM (
    (SELECT 'node' AS kind, n.code, ST_Distance(n.geom::geography, p.geom::geography) AS metres
     FROM network_node AS n, (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS geom) AS p
     WHERE n.network_id = %(network)s AND n.state = 'in_service'
     ORDER BY n.geom <-> ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) LIMIT 1)
    UNION ALL
    (SELECT 'link', l.code, ST_Distance(l.geom::geography, p.geom::geography)
     FROM network_link AS l, (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS geom) AS p
     WHERE l.network_id = %(network)s AND l.state = 'in_service'
     ORDER BY l.geom <-> ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) LIMIT 1)
) AS near
-- A click on a pipe's end means the pipe unless it is right on the node.
ORDER BY CASE WHEN kind = 'node' THEN metres + 2 ELSE metres END
LIMIT 1;
