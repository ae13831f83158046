-- An account with everything that its reader is, as find_key.sql has it: the units above the area, the layers.
WITH RECURSIVE parents AS (
    SELECT u.parent_code AS code
    FROM account AS a
    JOIN unit_version AS u ON u.code = a.area
    WHERE a.id = %(id)s AND u.coverage = 'grids' AND upper_inf(u.sys) AND u.valid @> now()
        AND u.parent_code IS NOT NULL
    UNION
    SELECT u.parent_code
    FROM parents AS p
    JOIN unit_version AS u ON u.code = p.code
    WHERE u.coverage = 'grids' AND upper_inf(u.sys) AND u.valid @> now() AND u.parent_code IS NOT NULL
)

SELECT a.id AS account_id, a.username, a.display_name, a.role, a.reach, a.area, a.organisation_id, a.worker_id,
       ARRAY(SELECT code FROM parents ORDER BY code) AS above,
       ARRAY(
           SELECT g.layer FROM layer_grant AS g
           WHERE g.account_id = a.id OR g.organisation_id = a.organisation_id
           ORDER BY g.layer
       ) AS layers
FROM account AS a
WHERE a.id = %(id)s AND NOT a.disabled;
