-- A place or component lends its point where none is drawn.
INSERT INTO patrol_target (plan_id, seq, name, geom, radius_m, dwell_s, buffer_m, directed, cell_m, revisit_s, weight,
                           place_id, component_id, since_edition)
SELECT %(plan_id)s, %(seq)s, %(name)s, g.geom, %(radius_m)s, %(dwell_s)s, %(buffer_m)s, %(directed)s, %(cell_m)s,
       %(revisit_s)s, %(weight)s, %(place_id)s, %(component_id)s, %(edition)s
FROM (SELECT coalesce(ST_GeomFromWKB(%(geom)s::bytea, 4326),
                      (SELECT p.geom FROM place AS p WHERE p.id = %(place_id)s),
                      (SELECT ST_Centroid(c.geom) FROM component AS c WHERE c.id = %(component_id)s)) AS geom) AS g
WHERE g.geom IS NOT NULL
      AND (%(place_id)s::bigint IS NULL OR EXISTS (SELECT FROM place AS p WHERE p.id = %(place_id)s))
      AND (%(component_id)s::bigint IS NULL OR EXISTS (SELECT FROM component AS c WHERE c.id = %(component_id)s));
