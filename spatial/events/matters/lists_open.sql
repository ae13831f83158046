SELECT m.code
FROM matter AS m
WHERE m.profile = %(profile)s AND NOT m.retired
  AND NOT EXISTS (
      SELECT FROM matter_mapping AS g
      JOIN matter AS t ON t.code = g.to_code AND NOT t.retired
      JOIN matter_profile AS l ON l.name = t.profile AND l.in_use
      WHERE g.code = m.code AND g.chosen)
ORDER BY m.code;
