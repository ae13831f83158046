-- A good key with everything that its reader is: the units above the area, and the layers granted.
WITH RECURSIVE found AS (
    SELECT t.id AS key_id, t.kind, t.name AS key_name, t.expires_at, t.quota_per_minute, t.scope, a.*
    FROM token AS t
    JOIN account AS a ON a.id = t.account_id
    WHERE t.digest = %(digest)s AND t.expires_at > now() AND t.revoked_at IS NULL AND NOT a.disabled
),

parents AS (
    SELECT u.parent_code AS code
    FROM found AS f
    JOIN unit_version AS u ON u.code = f.area
    WHERE u.coverage = 'grids' AND upper_inf(u.sys) AND u.valid @> now() AND u.parent_code IS NOT NULL
    UNION
    SELECT u.parent_code
    FROM parents AS p
    JOIN unit_version AS u ON u.code = p.code
    WHERE u.coverage = 'grids' AND upper_inf(u.sys) AND u.valid @> now() AND u.parent_code IS NOT NULL
)

SELECT f.key_id, f.kind, f.expires_at, f.quota_per_minute, f.scope,
       f.id AS account_id, f.username, f.display_name, f.role, f.reach, f.area, f.organisation_id, f.worker_id,
       -- It concerns who came with the password that somebody else made. A reset ends tokens, and such a session
       -- makes none; a phone in the field does not fall silent for it.
       f.must_change_password AND f.kind = 'session' AND f.key_name <> 'single sign-on' AS must_change_password,
       ARRAY(SELECT code FROM parents ORDER BY code) AS above,
       ARRAY(
           SELECT g.layer FROM layer_grant AS g
           WHERE g.account_id = f.id OR g.organisation_id = f.organisation_id
           ORDER BY g.layer
       ) AS layers
FROM found AS f;
