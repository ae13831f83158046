-- Buildings and streets of the base map that a border should not cut; paths and slip roads are no streets.
SELECT theme, id, coalesce(name, ''), ST_AsBinary(geom)
FROM basemap_feature
WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
  AND (theme = 'building' AND ST_Dimension(geom) = 2
       OR theme = 'road' AND ST_Dimension(geom) = 1
          AND kind IN ('motorway', 'trunk', 'primary', 'secondary', 'tertiary', 'unclassified', 'residential',
                       'living_street'))
ORDER BY id;
