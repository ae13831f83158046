-- From the last rebase on, up to a step: what the net change is made of.
SELECT seq, base_version, operation ->> 'op' AS op, change
FROM plan_step
WHERE plan_id = %(id)s AND seq <= %(head)s AND seq >= coalesce(
    (SELECT max(seq) FROM plan_step
     WHERE plan_id = %(id)s AND seq <= %(head)s AND operation ->> 'op' IN ('rebase', 'counter')), 1)
ORDER BY seq;
