SELECT id FROM mover WHERE worker_id = %(worker)s;
