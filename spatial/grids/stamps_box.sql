-- Where base units ended or began in the version just written; nothing when none did.
SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (
    SELECT ST_Extent(geom) AS box
    FROM (
        SELECT geom FROM ending WHERE level = %(depth)s
        UNION ALL
        SELECT geom FROM unit_version WHERE version_id = %(version)s AND level = %(depth)s AND upper_inf(sys)
    ) AS changed
) AS around
WHERE box IS NOT NULL;
