UPDATE task_recipient
SET state = %(state)s, reason = %(reason)s, note = %(note)s, attachment = %(attachment)s,
    delivered_at = %(delivered_at)s, read_at = %(read_at)s, answered_at = %(answered_at)s, done_at = %(done_at)s
WHERE task_id = %(task)s AND mover_id = %(mover)s;
