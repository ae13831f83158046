UPDATE office
SET failures = failures + 1, last_at = now(), last_error = %(error)s,
    rest_until = now() + make_interval(secs => greatest(%(retry_s)s, least(15 * 2 ^ least(failures, 8), 3600)))
WHERE id = %(id)s;
