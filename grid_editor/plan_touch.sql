UPDATE plan SET etag = etag + 1, updated_at = now() WHERE id = %(id)s RETURNING etag;
