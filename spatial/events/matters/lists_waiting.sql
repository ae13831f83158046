-- Matters that reports may not name, or no longer, and of which no person has said what they are in ours. What was
-- decided stays decided while the matter it leads to is not in use: it may come back.
SELECT m.code, m.name
FROM matter AS m
JOIN matter_profile AS p ON p.name = m.profile
WHERE (NOT p.in_use OR m.retired)
  AND NOT EXISTS (
      SELECT FROM matter_mapping AS g
      WHERE g.code = m.code AND g.chosen AND g.evidence = ANY (%(decided)s::text[]))
ORDER BY m.code;
