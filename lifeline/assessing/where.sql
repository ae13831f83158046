-- Where an alarm is: at the part of the network that its channel names, else where its station stands.
WITH at AS (
    SELECT 1 AS rank, d.geom FROM network_device AS d WHERE d.network_id = %(network)s::bigint AND d.code = %(code)s
    UNION ALL
    SELECT 2, n.geom FROM network_node AS n WHERE n.network_id = %(network)s::bigint AND n.code = %(code)s
    UNION ALL
    SELECT 3, ST_LineInterpolatePoint(l.geom, 0.5)
    FROM network_link AS l WHERE l.network_id = %(network)s::bigint AND l.code = %(code)s
    UNION ALL
    SELECT 4, ST_PointOnSurface(l.geom)
    FROM thing AS t JOIN location AS l ON l.id = ANY (t.location_ids) WHERE t.id = %(thing)s::bigint
)
SELECT ST_X(geom), ST_Y(geom) FROM at WHERE NOT ST_IsEmpty(geom) ORDER BY rank LIMIT 1;
