UPDATE shift
SET starts_at = coalesce(%(starts_at)s, starts_at), ends_at = coalesce(%(ends_at)s, ends_at),
    kind = coalesce(%(kind)s, kind)
WHERE id = %(id)s;
