-- Lines and areas in force that a border runs through: what of them lies on each side is somebody else's.
SELECT p.id, p.name, p.kind, p.unit_code, count(*)::int AS targets
FROM patrol_target AS t
JOIN patrol_plan AS p ON p.id = t.plan_id
CROSS JOIN (SELECT ST_GeomFromWKB(%(border)s::bytea, 4326) AS geom) AS b
WHERE p.retired_at IS NULL AND (p.valid_until IS NULL OR p.valid_until >= %(today)s) AND t.until_edition IS NULL
      AND p.kind <> 'points' AND ST_Intersects(t.geom, b.geom)
GROUP BY p.id, p.name, p.kind, p.unit_code
ORDER BY p.id;
