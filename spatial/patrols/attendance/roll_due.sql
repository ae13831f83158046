-- What another process calls just now is left to it.
SELECT id, unit_code, organisation_id, times, days, grace_min, counts, retired, taken_until
FROM roll_call
WHERE next_at <= %(now)s
ORDER BY next_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
