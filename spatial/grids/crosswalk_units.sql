SELECT unit_id, code, name, ST_AsBinary(geom, 'NDR')
FROM unit_version
WHERE coverage = %(coverage)s AND level = %(level)s AND upper_inf(sys)
  AND valid @> coalesce(%(at)s::timestamptz, now())
ORDER BY code;
