UPDATE matter_profile SET in_use = name = ANY (%(names)s::text[]) WHERE in_use <> (name = ANY (%(names)s::text[]));
