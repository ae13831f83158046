INSERT INTO message_recipient (message_id, worker_id) SELECT %(message)s, unnest(%(workers)s::bigint[]);
