-- As far as the reader sees them.
SELECT worker_id FROM mover WHERE id = %(mover)s;
