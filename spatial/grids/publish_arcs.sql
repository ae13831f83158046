ANALYZE draft_arc;

-- 1. Nodes that were not there before.
INSERT INTO node (coverage, lon_nano, lat_nano)
SELECT %(coverage)s, start_lon, start_lat FROM draft_arc
UNION
SELECT %(coverage)s, end_lon, end_lat FROM draft_arc
ON CONFLICT DO NOTHING;

-- 2. Arcs that end.
CREATE TEMPORARY TABLE ending_arc ON COMMIT DROP AS
SELECT * FROM arc WHERE id = ANY (%(ending)s);

UPDATE arc AS a
SET sys = tstzrange(lower(a.sys), %(recorded)s)
FROM ending_arc AS e
WHERE a.id = e.id;

INSERT INTO arc (coverage, start_node, end_node, geom, left_unit, right_unit, valid, sys)
SELECT coverage, start_node, end_node, geom, left_unit, right_unit,
       tstzrange(lower(valid), %(valid_from)s), tstzrange(%(recorded)s, NULL)
FROM ending_arc
WHERE lower(valid) < %(valid_from)s;

DROP TABLE ending_arc;

-- 3. New arcs.
INSERT INTO arc (coverage, start_node, end_node, geom, left_unit, right_unit, valid, sys)
SELECT %(coverage)s, s.id, e.id, d.geom, d.left_unit, d.right_unit,
       tstzrange(%(valid_from)s, NULL), tstzrange(%(recorded)s, NULL)
FROM draft_arc AS d
JOIN node AS s ON s.coverage = %(coverage)s AND s.lon_nano = d.start_lon AND s.lat_nano = d.start_lat
JOIN node AS e ON e.coverage = %(coverage)s AND e.lon_nano = d.end_lon AND e.lat_nano = d.end_lat;
