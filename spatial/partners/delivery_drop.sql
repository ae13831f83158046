UPDATE webhook_delivery SET state = 'dropped', done_at = now(), why = %(why)s
WHERE webhook_id = %(webhook)s AND state IN ('dead', 'waiting')
      AND (id = %(id)s OR (%(id)s::bigint IS NULL AND state = 'dead'))
RETURNING subject;
