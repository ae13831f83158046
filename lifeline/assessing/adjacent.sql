-- Pipes of other networks beside these links and this point: what a break washes out, or gas runs into.
WITH here AS (
    SELECT l.geom FROM network_link AS l WHERE l.id = ANY (%(links)s::bigint[])
    UNION ALL
    SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) WHERE %(lon)s::double precision IS NOT NULL
), beside AS (
    SELECT l.network_id, l.id, l.code, min(ST_Distance(l.geom::geography, h.geom::geography)) AS metres
    FROM here AS h
    JOIN network_link AS l ON l.geom && ST_Expand(h.geom, %(degrees)s)
         AND ST_DWithin(l.geom::geography, h.geom::geography, %(metres)s)
    WHERE l.network_id IS DISTINCT FROM %(network)s::bigint AND l.state = 'in_service'
    GROUP BY l.network_id, l.id, l.code
)
SELECT n.name AS network, n.kind AS medium, count(*) AS links, round(min(b.metres)::numeric, 2)::float8 AS nearest_m,
       (array_agg(b.code ORDER BY b.metres, b.code))[1:%(limit)s] AS codes
FROM beside AS b
JOIN network AS n ON n.id = b.network_id
GROUP BY n.name, n.kind
ORDER BY nearest_m, n.name;
