SELECT id, edition, coverage, unit_code, category, organisation_id, worker_id, rank, anybody, skills, hours,
       lower(valid) AS valid_from, upper(valid) AS valid_until, ST_AsBinary(area) AS area, basis, dispute_id,
       since, until
FROM duty_past
WHERE id = %(id)s
ORDER BY edition DESC
LIMIT 200;
