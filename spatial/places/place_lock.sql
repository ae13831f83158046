SELECT id, kind, risk_level, risk_reason, attributes, ST_X(geom) AS lon, ST_Y(geom) AS lat,
       ST_AsBinary(area) AS area, md5(place::text) AS etag
FROM place
WHERE id = %(id)s
FOR UPDATE;
