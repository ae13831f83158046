UPDATE adapter_pace
SET next_at = now() + make_interval(mins => %(minutes)s), last_good_at = now(), failures = 0, last_error = %(error)s
WHERE adapter_id = %(id)s;
