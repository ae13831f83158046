SELECT c.id, c.mover_id, c.state, c.edition, c.level, c.acknowledged_at, c.acknowledged_by,
       (SELECT o.id FROM cry AS o WHERE o.whose = c.whose AND o.state <> 'closed' AND o.id <> c.id) AS other
FROM cry AS c
WHERE c.id = %(id)s
FOR NO KEY UPDATE OF c;
