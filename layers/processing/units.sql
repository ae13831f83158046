-- The units of a level in force, as far as the policy lets them through.
SELECT code, name, name_en, ST_AsBinary(geom)
FROM unit_version
WHERE coverage = 'grids' AND level = %(level)s AND upper_inf(sys) AND valid @> now()
ORDER BY code;
