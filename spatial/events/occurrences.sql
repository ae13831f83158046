SELECT id, ST_X(geom), ST_Y(geom), (extract(epoch FROM occurred_at - %(since)s) / 3600)::float8,
       unit_code, category, address, title, coalesce(place_id, -1)
FROM event
WHERE occurred_at >= %(since)s AND occurred_at < %(until)s AND merged_into IS NULL
  AND (%(unit)s::text IS NULL OR unit_code >= %(unit)s AND unit_code < %(unit_until)s)
  AND (%(category)s::text IS NULL OR category = %(category)s)
  AND (%(class_code)s::text IS NULL OR category IN (SELECT code FROM matter WHERE class_code = %(class_code)s))
  AND (%(source)s::text IS NULL OR source = %(source)s)
ORDER BY occurred_at, id
LIMIT %(most)s;
