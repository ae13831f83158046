UPDATE plan
SET title = %(title)s, basis = %(basis)s, effective_at = %(effective_at)s, etag = etag + 1, updated_at = now()
WHERE id = %(id)s;
