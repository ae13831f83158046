SELECT m.code, m.to_class, c.name AS to_name, m.score, m.evidence, m.chosen
FROM component_mapping AS m
JOIN component_class AS c ON c.code = m.to_class
WHERE m.profile = %(profile)s
ORDER BY m.code, m.chosen DESC, m.score DESC, m.to_class;
