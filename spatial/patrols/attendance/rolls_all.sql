SELECT id, unit_code, organisation_id, times, days, grace_min, counts, retired, taken_until
FROM roll_call
WHERE %(id)s::bigint IS NULL AND NOT retired OR id = %(id)s
ORDER BY id FOR NO KEY UPDATE;
