UPDATE plan
SET head = %(head)s, base_version = %(base_version)s, etag = etag + 1, updated_at = clock_timestamp()
WHERE id = %(id)s
RETURNING etag;
