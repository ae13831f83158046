SELECT l.audience,
       ARRAY(SELECT g.account_id FROM layer_grant AS g
             WHERE g.layer = l.name AND g.account_id IS NOT NULL ORDER BY 1),
       ARRAY(SELECT g.organisation_id FROM layer_grant AS g
             WHERE g.layer = l.name AND g.organisation_id IS NOT NULL ORDER BY 1)
FROM layer AS l
WHERE l.name = %(layer)s;
