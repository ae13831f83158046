-- What events may lie near: places by kind and components by class, each with a point, in a box. One more than the
-- most tells that there are too many.
SELECT 'place', kind, kind, ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom))
FROM place
WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
UNION ALL
SELECT 'component', c.class_code, coalesce(k.name, c.class_code), ST_X(ST_PointOnSurface(c.geom)),
       ST_Y(ST_PointOnSurface(c.geom))
FROM component AS c LEFT JOIN component_class AS k ON k.code = c.class_code
WHERE c.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
LIMIT %(most)s;
