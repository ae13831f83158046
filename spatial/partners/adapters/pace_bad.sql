UPDATE adapter_pace
SET next_at = now() + make_interval(mins => least(%(minutes)s * 2 ^ least(failures, 6), 1440)::int),
    failures = failures + 1, last_error = %(error)s
WHERE adapter_id = %(id)s;
