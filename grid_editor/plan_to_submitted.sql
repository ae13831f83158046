UPDATE plan SET status = 'submitted', submitted_at = now(), etag = etag + 1, updated_at = now() WHERE id = %(id)s;
