DELETE FROM matter_mapping WHERE code = ANY (%(codes)s::text[]) AND evidence <> ALL (%(decided)s::text[]);
