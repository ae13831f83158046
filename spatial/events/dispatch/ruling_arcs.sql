-- The arcs around a unit as a version has them, and those through the point, where the border rule may ask
-- for units that meet it there.
WITH moment AS (
    SELECT valid_from AS at FROM coverage_version WHERE id = %(version)s
), unit AS (
    SELECT v.unit_id
    FROM unit_version AS v, moment AS m
    WHERE v.coverage = %(coverage)s AND v.code = %(code)s AND upper_inf(v.sys) AND v.valid @> m.at
), sides AS (
    SELECT a.id, a.geom, a.left_unit, a.right_unit
    FROM arc AS a, moment AS m
    WHERE a.coverage = %(coverage)s AND upper_inf(a.sys) AND a.valid @> m.at
      AND (a.left_unit IN (SELECT u.unit_id FROM unit AS u) OR a.right_unit IN (SELECT u.unit_id FROM unit AS u)
           OR a.geom && ST_Expand(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), 0.00000001)
              AND ST_Intersects(a.geom, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)))
)

SELECT ST_AsBinary(s.geom, 'NDR'), l.code, r.code
FROM sides AS s
CROSS JOIN moment AS m
LEFT JOIN unit_version AS l ON l.unit_id = s.left_unit AND upper_inf(l.sys) AND l.valid @> m.at
LEFT JOIN unit_version AS r ON r.unit_id = s.right_unit AND upper_inf(r.sys) AND r.valid @> m.at
ORDER BY s.id;
