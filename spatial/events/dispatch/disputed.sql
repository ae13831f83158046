UPDATE event SET disputed = %(disputed)s WHERE id = ANY(%(events)s::bigint[]) AND disputed <> %(disputed)s;
