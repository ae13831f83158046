-- The duty list as it is, or as the database believed it to be at a moment (%(known_at)s).
WITH lines AS (
    SELECT id, edition, unit_code, category, organisation_id, worker_id, rank, coverage, area, anybody, skills,
           hours, valid, basis, dispute_id
    FROM duty
    WHERE %(known_at)s::timestamptz IS NULL OR since <= %(known_at)s
    UNION ALL
    SELECT id, edition, unit_code, category, organisation_id, worker_id, rank, coverage, area, anybody, skills,
           hours, valid, basis, dispute_id
    FROM duty_past
    WHERE since <= %(known_at)s AND until > %(known_at)s
)

SELECT id, unit_code, coalesce(category, ''), organisation_id, worker_id, rank, coverage, anybody, skills,
       hours, lower(valid), upper(valid), ST_AsBinary(area), basis, dispute_id, edition
FROM lines
WHERE NOT isempty(valid)
ORDER BY id;
