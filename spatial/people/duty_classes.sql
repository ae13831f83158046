SELECT DISTINCT m.class_code, m.class_name
FROM matter AS m
JOIN matter_profile AS p ON p.name = m.profile AND p.in_use
WHERE NOT m.retired
  AND (%(category)s::text IS NULL OR m.class_code ^@ %(category)s OR %(category)s ^@ m.class_code)
ORDER BY class_code;
