SELECT id FROM place WHERE id = ANY (%(ids)s::bigint[]);
