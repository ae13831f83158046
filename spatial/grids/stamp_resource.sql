UPDATE resource AS t SET unit_code = s.code
FROM unnest(%(ids)s::bigint[], %(codes)s::text[]) AS s (id, code)
WHERE t.id = s.id;
