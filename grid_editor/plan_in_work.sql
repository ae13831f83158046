-- The coverages that plans are being made of, with their newest versions.
SELECT newest.coverage, newest.id
FROM (SELECT DISTINCT coverage FROM plan WHERE status IN ('draft', 'submitted', 'returned', 'approved')) AS open
CROSS JOIN LATERAL (
    SELECT v.id, v.coverage
    FROM coverage_version AS v
    WHERE v.coverage = open.coverage
    ORDER BY v.valid_from DESC, v.id DESC
    LIMIT 1
) AS newest
ORDER BY newest.coverage;
