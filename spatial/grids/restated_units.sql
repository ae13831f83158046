-- The units of `grids` when a version came into force; without one, those in force now.
SELECT code, name, name_en, level, parent_code
FROM unit_version
WHERE coverage = 'grids' AND upper_inf(sys)
  AND valid @> coalesce((SELECT valid_from FROM coverage_version WHERE id = %(version)s::bigint), now());
