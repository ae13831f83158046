-- Find the component of each row by its code, or by a code that it had.
CREATE INDEX ON surveyed (code);
ANALYZE surveyed;
WITH repeated AS (
    SELECT row_number, row_number() OVER (PARTITION BY code ORDER BY row_number) AS nth FROM surveyed
    WHERE code IS NOT NULL AND verdict IS NULL
)
UPDATE surveyed AS s SET verdict = 'rejected', reasons = ARRAY['code: an earlier row has the same code']
FROM repeated AS r
WHERE r.row_number = s.row_number AND r.nth > 1;

UPDATE surveyed AS s SET component_id = c.id
FROM component AS c
WHERE c.code = s.code AND s.verdict IS NULL;

UPDATE surveyed AS s SET component_id = a.component_id
FROM component_alias AS a
JOIN component AS c ON c.id = a.component_id
WHERE a.code = s.code AND s.component_id IS NULL AND s.verdict IS NULL;

WITH repeated AS (
    SELECT row_number, row_number() OVER (PARTITION BY component_id ORDER BY row_number) AS nth
    FROM surveyed WHERE component_id IS NOT NULL AND verdict IS NULL
)
UPDATE surveyed AS s SET verdict = 'rejected', component_id = NULL,
    reasons = ARRAY['code: an earlier row is of the same component by another of its codes']
FROM repeated AS r
WHERE r.row_number = s.row_number AND r.nth > 1;
