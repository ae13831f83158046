-- What has not begun is made anew by the plan as it is now. Locked in the order in which grading locks.
WITH held AS (
    SELECT id FROM patrol_due WHERE plan_id = %(plan_id)s AND starts_at > now() ORDER BY id FOR UPDATE
)
DELETE FROM patrol_due AS d USING held AS h WHERE d.id = h.id;
