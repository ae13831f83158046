-- Classes that have features, as theme, code, title and English title. Each is asked by its index, none is counted.
SELECT 'component' AS theme, k.code, k.name AS title, coalesce(k.name_en, k.name) AS title_en
FROM component_class AS k
WHERE EXISTS (SELECT FROM component AS c WHERE c.class_code = k.code)
UNION ALL
SELECT 'matter', m.class_code, min(m.class_name), min(m.class_name)
FROM matter AS m
JOIN matter_profile AS l ON l.name = m.profile AND l.in_use
WHERE EXISTS (SELECT FROM event)
GROUP BY m.class_code
UNION ALL
SELECT 'place', p.key, p.title, coalesce(nullif(p.title_en, ''), p.title)
FROM place_kind AS p
WHERE p.key ~ '^[a-z0-9_-]{1,40}$' AND EXISTS (SELECT FROM place AS o WHERE o.kind = p.key)
ORDER BY 1, 2;
