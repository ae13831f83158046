DELETE FROM layer_grant
WHERE layer = %(layer)s
      AND NOT coalesce(account_id = ANY(%(accounts)s::bigint[]), false)
      AND NOT coalesce(organisation_id = ANY(%(organisations)s::bigint[]), false);
