UPDATE office
SET failures = 0, rest_until = '-infinity', last_at = now(), last_good_at = now(), last_error = NULL
WHERE id = %(id)s;
