SELECT f.id, f.recount_day
FROM fence AS f
WHERE f.recount_day IS NOT NULL
ORDER BY f.recount_day DESC, f.id
LIMIT 1;
