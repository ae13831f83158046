SELECT id FROM feature_of_interest WHERE id = ANY (%(features)s::bigint[]);
