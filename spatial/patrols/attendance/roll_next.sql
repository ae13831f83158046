UPDATE roll_call SET taken_until = %(taken_until)s, next_at = %(next_at)s
WHERE id = %(id)s AND (taken_until, next_at) IS DISTINCT FROM (%(taken_until)s::timestamptz, %(next_at)s::timestamptz);
