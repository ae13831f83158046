INSERT INTO matter_mapping (code, to_code, score, evidence, chosen)
SELECT code, to_code, score, evidence, chosen
FROM unnest(%(codes)s::text[], %(to_codes)s::text[], %(scores)s::float8[], %(evidence)s::text[], %(chosen)s::boolean[])
    AS g (code, to_code, score, evidence, chosen)
ON CONFLICT (code, to_code) DO NOTHING;
