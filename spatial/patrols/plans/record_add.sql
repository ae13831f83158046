-- What it is about must be there for whoever writes it.
INSERT INTO patrol_record (place_id, component_id, link_id, mover_id, result, note, stood, distance_m, at, account_id,
                           username)
SELECT %(place_id)s, %(component_id)s, %(link_id)s, %(mover_id)s, %(result)s, %(note)s, s.stood,
       ST_Distance(o.geom::geography, s.stood::geography), %(at)s, %(account_id)s, %(username)s
FROM (
    SELECT coalesce(area, geom) AS geom FROM place WHERE id = %(place_id)s
    UNION ALL SELECT geom FROM component WHERE id = %(component_id)s
    UNION ALL SELECT geom FROM network_link WHERE id = %(link_id)s
) AS o
CROSS JOIN (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS stood) AS s
RETURNING id;
