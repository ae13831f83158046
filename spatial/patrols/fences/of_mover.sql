-- Fences that somebody's fixes may lie in, in one order. The reach is more than the largest radius.
SELECT f.id, ST_AsBinary(f.geom) AS geom, f.radius_m, f.worst_accuracy_m, f.min_dwell_s, f.join_s, f.starts, f.ends,
       f.days, f.weekdays, f.notices
FROM fence AS f
WHERE f.retired_at IS NULL
      AND f.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
      AND (f.movers = '{}' OR f.movers @> ARRAY[%(mover)s::bigint])
ORDER BY f.id;
