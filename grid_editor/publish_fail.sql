UPDATE plan
SET publish_asked_at = NULL, publish_problem = %(problem)s, etag = etag + 1, updated_at = now()
WHERE id = %(id)s AND status = 'approved';
