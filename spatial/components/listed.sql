-- Which components match; what is not asked for is NULL, and the planner leaves its condition out.
SELECT c.id
FROM component AS c
WHERE c.id > %(after)s::bigint
  AND (%(class_code)s::text IS NULL OR c.class_code ^@ %(class_code)s::text)
  AND (%(state)s::text IS NULL OR c.state = %(state)s::text)
  AND (%(unit_from)s::text IS NULL OR (c.unit_code >= %(unit_from)s::text AND c.unit_code < %(unit_until)s::text))
  AND (%(owner)s::text IS NULL OR c.owner = %(owner)s::text)
  AND (%(upkeep)s::text IS NULL OR c.upkeep = %(upkeep)s::text)
  AND (%(q)s::text IS NULL OR c.code ^@ %(q)s::text OR strpos(c.name, %(q)s::text) > 0)
  AND (%(west)s::float8 IS NULL OR (
       c.geom && ST_MakeEnvelope(%(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4326)
       AND ST_X(c.geom) BETWEEN %(west)s::float8 AND %(east)s::float8
       AND ST_Y(c.geom) BETWEEN %(south)s::float8 AND %(north)s::float8))
ORDER BY c.id
LIMIT %(limit)s::integer;
