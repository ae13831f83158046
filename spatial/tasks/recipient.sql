-- A task, and whom of those it is for is asked about: somebody, or the reader; as far as the reader sees them.
SELECT t.kind, t.created_at, t.unit_code, t.account_id, r.mover_id,
       coalesce(r.mover_id = (SELECT m.id FROM mover AS m WHERE m.worker_id = %(worker)s), false) AS is_own
FROM task AS t
LEFT JOIN task_recipient AS r
    ON r.task_id = t.id
       AND r.mover_id = coalesce(%(mover)s, (SELECT m.id FROM mover AS m WHERE m.worker_id = %(worker)s))
WHERE t.id = %(task)s;
