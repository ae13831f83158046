-- What the keys of explanations are called: kind, key, Chinese, English.
SELECT 'organisation', id::text, name, name_en
FROM organisation
WHERE id = ANY(%(organisations)s::bigint[])
UNION ALL
SELECT 'worker', id::text, name, name
FROM worker
WHERE id = ANY(%(workers)s::bigint[])
UNION ALL
SELECT 'matter', code, name, name
FROM matter
WHERE code = ANY(%(matters)s::text[])
UNION ALL
(SELECT DISTINCT ON (v.coverage, v.code) v.coverage, v.code, v.name, v.name_en
 FROM unnest(%(coverages)s::text[], %(codes)s::text[]) AS c (coverage, code)
 JOIN unit_version AS v ON v.coverage = c.coverage AND v.code = c.code
 WHERE upper_inf(v.sys)
 ORDER BY v.coverage ASC, v.code ASC, lower(v.valid) DESC);
