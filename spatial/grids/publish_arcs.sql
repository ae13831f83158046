-- 1. Nodes that were not there before.
INSERT INTO node (coverage, lon_nano, lat_nano)
SELECT %(coverage)s, start_lon, start_lat FROM draft_arc
UNION
SELECT %(coverage)s, end_lon, end_lat FROM draft_arc
ON CONFLICT DO NOTHING;

-- 2. The draft with identities in place of codes and positions.
CREATE TEMPORARY TABLE named_arc ON COMMIT DROP AS
SELECT s.id AS start_node, e.id AS end_node, d.geom, l.unit_id AS left_unit, r.unit_id AS right_unit
FROM draft_arc AS d
JOIN node AS s ON s.coverage = %(coverage)s AND s.lon_nano = d.start_lon AND s.lat_nano = d.start_lat
JOIN node AS e ON e.coverage = %(coverage)s AND e.lon_nano = d.end_lon AND e.lat_nano = d.end_lat
LEFT JOIN issued_code AS l ON l.profile = %(coverage)s AND l.code = d.left_code
LEFT JOIN issued_code AS r ON r.profile = %(coverage)s AND r.code = d.right_code;

-- 3. Arcs that end.
CREATE TEMPORARY TABLE ending_arc ON COMMIT DROP AS
SELECT a.*
FROM arc AS a
LEFT JOIN named_arc AS n
       ON n.start_node = a.start_node AND n.end_node = a.end_node AND n.geom = a.geom
      AND n.left_unit IS NOT DISTINCT FROM a.left_unit AND n.right_unit IS NOT DISTINCT FROM a.right_unit
WHERE a.coverage = %(coverage)s AND upper_inf(a.sys) AND upper_inf(a.valid) AND n.start_node IS NULL;

UPDATE arc AS a
SET sys = tstzrange(lower(a.sys), %(recorded)s)
FROM ending_arc AS e
WHERE a.id = e.id;

INSERT INTO arc (coverage, start_node, end_node, geom, left_unit, right_unit, valid, sys)
SELECT coverage, start_node, end_node, geom, left_unit, right_unit,
       tstzrange(lower(valid), %(valid_from)s), tstzrange(%(recorded)s, NULL)
FROM ending_arc
WHERE lower(valid) < %(valid_from)s;

-- 4. New arcs.
INSERT INTO arc (coverage, start_node, end_node, geom, left_unit, right_unit, valid, sys)
SELECT %(coverage)s, n.start_node, n.end_node, n.geom, n.left_unit, n.right_unit,
       tstzrange(%(valid_from)s, NULL), tstzrange(%(recorded)s, NULL)
FROM named_arc AS n
WHERE NOT EXISTS (
    SELECT FROM arc AS a
    WHERE a.coverage = %(coverage)s AND upper_inf(a.sys) AND upper_inf(a.valid)
      AND a.start_node = n.start_node AND a.end_node = n.end_node AND a.geom = n.geom
      AND a.left_unit IS NOT DISTINCT FROM n.left_unit AND a.right_unit IS NOT DISTINCT FROM n.right_unit
);

DROP TABLE ending_arc, named_arc;
