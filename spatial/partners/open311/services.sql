-- Matters that reports may name, as services; all of them, or one.
SELECT m.code, m.name, m.class_name
FROM matter AS m
JOIN matter_profile AS p ON p.name = m.profile AND p.in_use
WHERE NOT m.retired AND (%(code)s::text IS NULL OR m.code = %(code)s)
ORDER BY m.code;
