-- Links and devices as they lie, WGS-84.
SELECT 'link' AS what, code, ST_AsGeoJSON(geom, 7)::json AS geometry
FROM network_link WHERE id = ANY (%(links)s::bigint[])
UNION ALL
SELECT 'device', code, ST_AsGeoJSON(geom, 7)::json
FROM network_device WHERE id = ANY (%(devices)s::bigint[]);
