SELECT p.name, p.title, p.title_en, p.standard, p.source, p.prefix, p.in_use, count(m.code) AS matters,
       count(g.code) AS mapped
FROM matter_profile AS p
LEFT JOIN matter AS m ON m.profile = p.name AND NOT m.retired
LEFT JOIN (
    matter_mapping AS g
    JOIN matter AS t ON t.code = g.to_code AND NOT t.retired
    JOIN matter_profile AS l ON l.name = t.profile AND l.in_use
) ON g.code = m.code AND g.chosen
GROUP BY p.name
ORDER BY p.in_use DESC, p.name;
