-- What a composed coverage was made of when a version of it ended: its base may have changed under it.
SELECT c.base_unit, c.unit_id
FROM composition AS c
CROSS JOIN LATERAL (
    SELECT coalesce(min(n.valid_from), 'infinity') AS ends
    FROM coverage_version AS v JOIN coverage_version AS n ON n.coverage = v.coverage
    WHERE v.id = %(version)s AND (n.valid_from, n.id) > (v.valid_from, v.id)
) AS version
WHERE c.coverage = %(coverage)s AND upper_inf(c.sys)
  AND lower(c.valid) < version.ends AND coalesce(upper(c.valid), 'infinity') >= version.ends;
