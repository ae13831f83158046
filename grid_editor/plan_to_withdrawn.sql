UPDATE plan SET status = 'withdrawn', etag = etag + 1, updated_at = now() WHERE id = %(id)s;
