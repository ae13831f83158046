-- Districts and streets in force.
SELECT level, name, ST_AsBinary(geom) AS shape
FROM unit_version
WHERE coverage = 'grids' AND level IN (1, 2) AND upper_inf(sys) AND valid @> now();
