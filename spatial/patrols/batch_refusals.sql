INSERT INTO fix_refusal (day, device_id, mover_id, reason, count, first_at, last_at)
SELECT %(day)s, (SELECT id FROM device WHERE id = (r ->> 0)::bigint), (SELECT id FROM mover WHERE id = (r ->> 1)::bigint),
       r ->> 2, (r ->> 3)::bigint, %(received)s, %(received)s
FROM jsonb_array_elements(%(rows)s) AS r
ORDER BY 2, 3, 4
ON CONFLICT (day, device_id, mover_id, reason) DO UPDATE
SET count = fix_refusal.count + excluded.count, last_at = greatest(fix_refusal.last_at, excluded.last_at);
