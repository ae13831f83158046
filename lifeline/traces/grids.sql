-- The grids that these links touch.
SELECT DISTINCT u.code
FROM network_link AS l
JOIN unit_version AS u ON u.coverage = 'grids' AND upper_inf(u.sys) AND u.valid @> now() AND u.geom && l.geom
     AND ST_Intersects(u.geom, l.geom)
WHERE l.id = ANY (%(links)s::bigint[])
      AND u.level = (SELECT max(m.level) FROM unit_version AS m WHERE m.coverage = 'grids' AND upper_inf(m.sys))
ORDER BY u.code;
