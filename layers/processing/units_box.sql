-- The box around the units of a level, as far as the policy lets them through; NULL without any.
SELECT min(ST_XMin(geom)), min(ST_YMin(geom)), max(ST_XMax(geom)), max(ST_YMax(geom))
FROM unit_version
WHERE coverage = 'grids' AND level = %(level)s AND upper_inf(sys) AND valid @> now();
