-- Lines of the duty list with what they name; a subtree is a range of the index on codes.
SELECT d.id, d.coverage, d.unit_code, d.category, d.organisation_id, d.worker_id, d.rank, d.anybody, d.skills,
       d.hours, lower(d.valid) AS valid_from, upper(d.valid) AS valid_until, ST_AsBinary(d.area) AS area, d.basis,
       d.dispute_id, d.edition, d.since, d.generated,
       o.code AS organisation_code, o.name AS organisation, o.name_en AS organisation_en,
       w.code AS worker_code, w.name AS worker, w.on_duty
FROM duty AS d
JOIN organisation AS o ON o.id = d.organisation_id
LEFT JOIN worker AS w ON w.id = d.worker_id
WHERE (%(id)s::bigint IS NULL OR d.id = %(id)s)
  AND (%(below)s::text IS NULL OR d.unit_code ^@ %(below)s)
  AND (%(coverage)s::text IS NULL OR d.coverage = %(coverage)s)
  AND (%(unit_code)s::text IS NULL OR d.unit_code = %(unit_code)s)
  AND (%(category)s::text IS NULL OR d.category ^@ %(category)s)
  AND (%(organisation_id)s::bigint IS NULL OR d.organisation_id = %(organisation_id)s)
  AND (%(worker_id)s::bigint IS NULL OR d.worker_id = %(worker_id)s)
  AND (%(at)s::timestamptz IS NULL OR d.valid @> %(at)s)
  AND (%(after)s::bigint IS NULL OR d.id > %(after)s)
ORDER BY d.id
LIMIT %(limit)s;
