SELECT unit_id AS id, level, code, parent_code, name, name_en, generated, area_m2,
       ARRAY[ST_X(label), ST_Y(label)] AS label, lower(valid) AS valid_from, upper(valid) AS valid_until,
       version_id AS version
FROM unit_version
WHERE coverage = %(coverage)s AND level = %(level)s AND upper_inf(sys)
  AND valid @> coalesce(%(at)s::timestamptz, now())
  AND (%(parent)s::text IS NULL OR parent_code = %(parent)s)
  AND (%(west)s::float8 IS NULL OR geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))
  AND code > %(after)s COLLATE "C"
ORDER BY code
LIMIT %(limit)s;
