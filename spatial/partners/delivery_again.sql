-- Dead or dropped messages are to be sent again, each in its turn.
UPDATE webhook_delivery SET state = 'waiting', tries = 0, next_at = 'infinity', done_at = NULL, why = ''
WHERE webhook_id = %(webhook)s AND state IN ('dead', 'dropped', 'delivered')
      AND (id = %(id)s OR (%(id)s::bigint IS NULL AND state = 'dead'))
RETURNING subject;
