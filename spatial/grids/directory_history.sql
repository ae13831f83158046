-- All that was or will be in force, as believed now.
SELECT v.version_id AS version, c.plan_id, c.note, v.code, v.name, v.parent_code, v.area_m2,
       lower(v.valid) AS valid_from, upper(v.valid) AS valid_until
FROM unit_version AS v
JOIN coverage_version AS c ON c.id = v.version_id
WHERE v.unit_id = %(unit)s AND upper_inf(v.sys)
ORDER BY lower(v.valid);
