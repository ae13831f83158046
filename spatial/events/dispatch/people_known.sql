SELECT id FROM worker WHERE id = ANY(%(ids)s::bigint[]);
