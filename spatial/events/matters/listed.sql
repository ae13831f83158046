-- Of the lists in use, or of one list whether it is in use or not.
SELECT m.code, m.name, m.class_code, m.class_name, m.profile, coalesce(m.list_code, m.code) AS list_code
FROM matter AS m
JOIN matter_profile AS p ON p.name = m.profile
WHERE NOT m.retired AND CASE WHEN %(profile)s::text IS NULL THEN p.in_use ELSE p.name = %(profile)s::text END
ORDER BY m.code;
