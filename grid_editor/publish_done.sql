UPDATE plan
SET status = 'published', published_at = clock_timestamp(), published_version = %(version)s,
    base_version = %(base_version)s, effective_at = %(effective_at)s, publish_asked_at = NULL, publish_problem = NULL,
    etag = etag + 1, updated_at = clock_timestamp()
WHERE id = %(id)s;
