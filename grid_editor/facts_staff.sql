-- The units near the box that somebody works in, by the register of people.
SELECT DISTINCT w.unit_code
FROM worker AS w
JOIN unit_version AS u ON u.coverage = %(coverage)s AND u.code = w.unit_code
WHERE upper_inf(u.sys) AND u.valid @> now()
  AND u.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
ORDER BY 1;
