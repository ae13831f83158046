-- Who still names matters, or beginnings of codes, that no list in use has.
WITH current AS (
    SELECT m.code FROM matter AS m JOIN matter_profile AS p ON p.name = m.profile AND p.in_use WHERE NOT m.retired
), named AS (
    SELECT 'duty lines' AS what, category FROM duty WHERE category IS NOT NULL
    UNION ALL SELECT 'deadline rules', category FROM deadline_rule WHERE category IS NOT NULL
    UNION ALL SELECT 'dispute rules', category FROM dispute_rule WHERE category IS NOT NULL
    UNION ALL SELECT 'kinds of places', event_category FROM place_kind WHERE event_category IS NOT NULL AND retired_at IS NULL
    UNION ALL SELECT 'public matters', category FROM public_matter
)
SELECT n.what, count(*)
FROM named AS n
WHERE NOT EXISTS (SELECT FROM current AS c WHERE c.code ^@ n.category)
GROUP BY n.what
ORDER BY n.what;
