-- Units in force that lie in units of this coverage, where they come near the box.
SELECT u.coverage, u.unit_id::text, u.code, u.name, u.parent_code, ST_AsBinary(u.geom)
FROM unit_version AS u
JOIN coverage AS c ON c.name = u.coverage
WHERE c.within = %(coverage)s AND u.level = 1 AND upper_inf(u.sys) AND u.valid @> now()
  AND u.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
ORDER BY u.coverage, u.code;
