-- `conditions` are written by dues.py; every value is bound. What became of it is for those who may know.
SELECT d.id, d.plan_id, p.name AS plan, p.kind, p.unit_code, d.mover_id, d.movers, w.id AS worker_id, w.code AS worker,
       w.name, d.starts_at, d.ends_at, d.closed_at, r.word, r.reason, r.ratio, r.probability, r.false_accusation_rate,
       r.missed_rate, r.figures, r.targets, r.computed_at,
       EXISTS (
           SELECT FROM track_dirty AS t
           WHERE t.mover_id = ANY (d.movers)
                 AND t.day BETWEEN (d.starts_at AT TIME ZONE 'Asia/Shanghai')::date
                               AND (d.ends_at AT TIME ZONE 'Asia/Shanghai')::date) AS to_be_graded
FROM patrol_due AS d
JOIN patrol_plan AS p ON p.id = d.plan_id
LEFT JOIN patrol_result AS r ON r.due_id = d.id
LEFT JOIN mover AS v ON v.id = d.mover_id
LEFT JOIN worker AS w ON w.id = v.worker_id
WHERE {conditions}
ORDER BY d.id DESC
LIMIT %(limit)s;
