-- Names are masked where they are stored.
SELECT r.mover_id, m.kind, w.id AS worker_id, v.id AS resource_id, coalesce(w.name, v.name) AS name, w.code,
       r.state, r.reason, r.note, r.attachment, r.downlink_id IS NOT NULL AS by_terminal, r.delivered_at, r.read_at,
       r.answered_at, r.done_at
FROM task_recipient AS r
JOIN mover AS m ON m.id = r.mover_id
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS v ON v.id = m.resource_id
WHERE r.task_id = %(task)s
ORDER BY r.mover_id;
