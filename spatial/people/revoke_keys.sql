UPDATE token SET revoked_at = now()
WHERE account_id = %(account_id)s AND kind = ANY(%(kinds)s) AND revoked_at IS NULL
      AND id IS DISTINCT FROM %(but)s::bigint;
