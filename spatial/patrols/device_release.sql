-- A worker's own device is theirs no more once somebody else has it.
UPDATE device AS d
SET account_id = NULL
FROM account AS a
WHERE d.id = %(id)s AND a.id = d.account_id AND a.worker_id IS NOT NULL
  AND a.worker_id IS DISTINCT FROM (SELECT m.worker_id FROM mover AS m WHERE m.id = %(mover)s);
