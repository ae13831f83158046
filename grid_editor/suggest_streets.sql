-- Lines that a border may follow: streets, rails and running water above the ground.
SELECT kind, ST_AsBinary(geom)
FROM basemap_feature
WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
  AND ST_Dimension(geom) = 1
  AND kind IN ('motorway', 'trunk', 'primary', 'secondary', 'tertiary', 'unclassified', 'residential',
               'living_street', 'rail', 'river', 'canal', 'stream')
ORDER BY id;
