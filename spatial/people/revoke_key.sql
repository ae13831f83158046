UPDATE token SET revoked_at = now()
WHERE id = %(id)s AND account_id = %(account_id)s AND kind = ANY(%(kinds)s) AND revoked_at IS NULL
      AND expires_at > now();
