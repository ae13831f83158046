-- Keep what was refused. Sent again it is the same message; what was dropped stays so.
INSERT INTO adapter_refusal AS r (adapter_id, key, problems)
SELECT %(adapter)s, given.key, given.problems::jsonb
FROM unnest(%(keys)s::text[], %(problems)s::text[]) AS given (key, problems)
ON CONFLICT (adapter_id, key) DO UPDATE
SET problems = excluded.problems, tries = r.tries + 1, at = now()
RETURNING id, key, state;
