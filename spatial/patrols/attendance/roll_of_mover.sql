-- In the order of their key, so that two processes never wait in a circle. With its grace a moment reaches into the day.
SELECT roll_call_id, at, counts, grace_min
FROM roll_call_result
WHERE mover_id = %(mover)s AND at >= %(since)s - interval '2 hours' AND at < %(until)s + interval '2 hours'
ORDER BY roll_call_id, at FOR NO KEY UPDATE;
