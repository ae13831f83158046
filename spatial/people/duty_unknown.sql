-- What lines name that there is not, or not for this reader: row, field, reason.
WITH line AS (
    SELECT nr, coverage, unit_code, category, organisation_id, worker_id
    FROM unnest(%(coverage)s::text[], %(unit_code)s::text[], %(category)s::text[], %(organisation_id)s::bigint[],
                %(worker_id)s::bigint[])
        WITH ORDINALITY AS n (coverage, unit_code, category, organisation_id, worker_id, nr)
)

SELECT nr, 'coverage', 'there is no coverage ''' || coverage || ''''
FROM line
WHERE coverage NOT IN (SELECT c.name FROM coverage AS c)
UNION ALL
SELECT nr, 'unit_code', 'there is no unit ''' || unit_code || ''' of ' || coverage || ' now, or not in your area'
FROM line AS l
WHERE coverage IN (SELECT c.name FROM coverage AS c)
  AND NOT EXISTS (
      SELECT FROM unit_version AS v
      WHERE v.coverage = l.coverage AND v.code = l.unit_code AND upper_inf(v.sys) AND v.valid @> now())
UNION ALL
SELECT nr, 'category', 'no matter code begins with ''' || category || ''''
FROM line AS l
WHERE category IS NOT NULL AND NOT EXISTS (SELECT FROM matter AS m WHERE m.code ^@ l.category)
UNION ALL
SELECT nr, 'organisation_id', 'there is no such organisation'
FROM line AS l
WHERE NOT EXISTS (SELECT FROM organisation AS o WHERE o.id = l.organisation_id)
UNION ALL
SELECT nr, 'worker_id', 'there is no such worker, or none that you may know of'
FROM line AS l
WHERE worker_id IS NOT NULL AND NOT EXISTS (SELECT FROM worker AS w WHERE w.id = l.worker_id)
ORDER BY 1, 2;
