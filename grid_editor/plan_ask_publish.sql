UPDATE plan
SET publish_asked_by = %(account_id)s, publish_asked_at = now(), publish_tries = 0, publish_problem = NULL,
    effective_at = coalesce(%(effective_at)s, effective_at), etag = etag + 1, updated_at = now()
WHERE id = %(id)s;
