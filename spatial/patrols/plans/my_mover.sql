SELECT id FROM mover WHERE worker_id = %(worker_id)s;
