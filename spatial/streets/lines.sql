-- The streets of the base map, and whether only cars may go there.
SELECT ST_AsBinary(geom), coalesce(kind IN ('motorway', 'motorway_link'), false)
FROM basemap_feature
WHERE theme = 'road' AND ST_Dimension(geom) = 1
ORDER BY id;
