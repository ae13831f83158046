-- The units that ended or began in this version; the shape is null where it stayed the same.
SELECT unit_id, level, false AS is_after, area_m2, CASE WHEN NOT same_shape THEN ST_AsBinary(geom, 'NDR') END
FROM ending
UNION ALL
SELECT v.unit_id, v.level, true, v.area_m2, CASE WHEN e.same_shape IS NOT TRUE THEN ST_AsBinary(v.geom, 'NDR') END
FROM unit_version AS v
LEFT JOIN ending AS e ON e.unit_id = v.unit_id
WHERE v.version_id = %(version)s AND upper_inf(v.sys)
ORDER BY 1;
