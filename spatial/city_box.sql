-- The box around the coverage that is in force: its topmost units, which are few.
SELECT ARRAY[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)]
FROM (SELECT ST_Extent(geom) AS e FROM unit_version
      WHERE coverage = %(coverage)s AND level = 1 AND upper_inf(sys) AND valid @> now()) AS whole
WHERE e IS NOT NULL;
