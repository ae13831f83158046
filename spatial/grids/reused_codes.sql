-- Codes of the draft that belong to a unit which is no longer in force.
SELECT d.code
FROM draft_unit AS d
JOIN issued_code AS i ON i.profile = %(coverage)s AND i.code = d.code
WHERE NOT EXISTS (
    SELECT FROM unit_version AS v
    WHERE v.unit_id = i.unit_id AND upper_inf(v.sys) AND upper_inf(v.valid) AND v.code = d.code
)
ORDER BY d.code;
