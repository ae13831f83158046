SELECT l.version_id AS version, c.valid_from, l.kind, f.code AS from_code, t.code AS to_code, l.area_m2, l.w_area,
       l.w_population, l.w_households, l.w_events
FROM lineage AS l
JOIN coverage_version AS c ON c.id = l.version_id
LEFT JOIN LATERAL (
    SELECT v.code FROM unit_version AS v
    WHERE v.unit_id = l.from_unit AND upper_inf(v.sys) AND lower(v.valid) < c.valid_from
    ORDER BY lower(v.valid) DESC LIMIT 1
) AS f ON true
LEFT JOIN LATERAL (
    SELECT v.code FROM unit_version AS v
    WHERE v.unit_id = l.to_unit AND upper_inf(v.sys) AND v.valid @> c.valid_from
    ORDER BY lower(v.valid) DESC LIMIT 1
) AS t ON true
WHERE l.from_unit = %(unit)s OR l.to_unit = %(unit)s
ORDER BY c.valid_from, l.version_id, l.id;
