-- Named places that the reader may see, with a point on each.
SELECT id, name, kind, ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom))
FROM place
ORDER BY id
LIMIT %(most)s;
