SELECT g.code, m.name, g.to_code, t.name AS to_name, g.score, g.evidence, g.chosen
FROM matter_mapping AS g
JOIN matter AS m ON m.code = g.code
JOIN matter AS t ON t.code = g.to_code
WHERE m.profile = %(profile)s
ORDER BY g.code, g.chosen DESC, g.score DESC, g.to_code;
