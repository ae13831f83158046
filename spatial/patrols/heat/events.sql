-- Count events by cell; the box is written out, so that the index finds it whatever the policies.
SELECT (floor((1 - asinh(tan(radians(greatest(-85.05, least(85.05, ST_Y(geom)))))) / pi()) / 2 * %(scale)s)::bigint << 20)
           | least(floor((ST_X(geom) + 180) / 360 * %(scale)s)::bigint, %(scale)s - 1) AS cell,
       count(*)
FROM event
WHERE reported_at >= %(since)s AND reported_at < %(until)s AND merged_into IS NULL AND geom IS NOT NULL
  AND (%(unit)s::text IS NULL OR unit_code >= %(unit)s AND unit_code < %(unit_until)s)
  AND (%(organisation)s::bigint IS NULL OR organisation_id = %(organisation)s)
  AND (%(category)s::text IS NULL OR category ^@ %(category)s)
  AND (%(west)s::float8 IS NULL
       OR geom && ST_MakeEnvelope(%(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4326))
GROUP BY 1 ORDER BY 1;
