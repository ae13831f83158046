INSERT INTO task_recipient (task_id, mover_id) SELECT %(task)s, unnest(%(movers)s::bigint[]);
