-- Which base units of a version came from which, the largest part first.
SELECT l.from_unit, l.to_unit
FROM lineage AS l
JOIN unit AS u ON u.id = l.to_unit
WHERE l.version_id = %(version)s AND l.from_unit IS NOT NULL AND l.from_unit <> l.to_unit AND u.level = %(depth)s
ORDER BY l.area_m2 DESC, l.from_unit, l.to_unit;
