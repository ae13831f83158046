SELECT id, ST_X(geom) AS lon, ST_Y(geom) AS lat, ST_AsBinary(area) AS area, md5(resource::text) AS etag
FROM resource
WHERE id = %(id)s
FOR UPDATE;
