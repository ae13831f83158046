-- The two streets with most events and their offices, a community and a grid of the first with a worker who
-- patrols there, and a utility that works everywhere.
WITH busy AS (
    SELECT left(unit_code, 9) AS code, row_number() OVER (ORDER BY count(*) DESC, left(unit_code, 9)) AS place
    FROM event
    WHERE unit_code IS NOT NULL
    GROUP BY 1
), walker AS (
    SELECT w.id, w.unit_code, w.organisation_id
    FROM worker AS w
    JOIN busy AS b ON left(w.unit_code, 9) = b.code AND b.place = 1
    WHERE w.role = 'grid_worker' AND length(w.unit_code) = 15
    ORDER BY w.seen_at DESC NULLS LAST, w.id
    LIMIT 1
)
SELECT a.code, b.code,
       (SELECT id FROM organisation WHERE code = 'DEMO-S' || a.code),
       (SELECT id FROM organisation WHERE code = 'DEMO-S' || b.code),
       left(walker.unit_code, 12), walker.unit_code, walker.organisation_id, walker.id,
       (SELECT id FROM organisation WHERE code = 'DEMO-U02')
FROM busy AS a
JOIN busy AS b ON b.place = 2
CROSS JOIN walker
WHERE a.place = 1
