UPDATE plan
SET status = %(status)s, decided_at = now(), decided_by = %(username)s, publish_problem = NULL, etag = etag + 1,
    updated_at = now()
WHERE id = %(id)s;
