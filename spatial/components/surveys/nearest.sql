-- Bring together what is nearest to each other among rows and components that are still alone; asked until none is.
WITH close AS (
    SELECT n.row_number, n.id, n.metres
    FROM survey_near AS n
    JOIN surveyed AS s ON s.row_number = n.row_number AND s.component_id IS NULL
    WHERE NOT EXISTS (SELECT FROM surveyed AS t WHERE t.component_id = n.id)
), mine AS (
    SELECT DISTINCT ON (row_number) row_number, id, metres FROM close ORDER BY row_number, metres, id
), pairs AS (
    SELECT DISTINCT ON (id) row_number, id FROM mine ORDER BY id, metres, row_number
)
UPDATE surveyed AS s SET component_id = p.id
FROM pairs AS p
WHERE p.row_number = s.row_number;
