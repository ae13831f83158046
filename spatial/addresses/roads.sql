-- The lines of each named road of the base map as one.
SELECT name, ST_AsBinary(ST_Collect(geom)) AS line
FROM basemap_feature
WHERE theme = 'road' AND name IS NOT NULL
GROUP BY name;
