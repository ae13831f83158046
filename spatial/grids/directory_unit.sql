SELECT unit_id AS id, coverage, level, code, parent_code, name, name_en, evidence, generated, area_m2,
       ARRAY[ST_X(label), ST_Y(label)] AS label,
       ARRAY[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)] AS bbox,
       lower(valid) AS valid_from, upper(valid) AS valid_until, version_id AS version
FROM unit_version
WHERE coverage = %(coverage)s AND code = %(code)s AND upper_inf(sys)
  AND valid @> coalesce(%(at)s::timestamptz, now());
