-- Whether the planner may test `&&` of geometry before a policy, as an index does.
SELECT coalesce(bool_and(p.proleakproof), false)
FROM pg_operator AS o
JOIN pg_proc AS p ON p.oid = o.oprcode
JOIN pg_type AS l ON l.oid = o.oprleft
JOIN pg_type AS r ON r.oid = o.oprright
WHERE o.oprname = '&&' AND l.typname = 'geometry' AND r.typname = 'geometry';
