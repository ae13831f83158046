SELECT 'accounts', s.id FROM unnest(%(accounts)s::bigint[]) AS s (id)
WHERE NOT EXISTS (SELECT FROM account AS a WHERE a.id = s.id)
UNION ALL
SELECT 'organisations', s.id FROM unnest(%(organisations)s::bigint[]) AS s (id)
WHERE NOT EXISTS (SELECT FROM organisation AS o WHERE o.id = s.id)
ORDER BY 1, 2
LIMIT 20;
