-- Units in force that units of this coverage lie in, where they come near the box.
SELECT code, ST_AsBinary(geom)
FROM unit_version
WHERE coverage = %(within)s AND level = %(level)s AND upper_inf(sys) AND valid @> now()
  AND geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
ORDER BY code;
