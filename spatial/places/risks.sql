SELECT at, from_level, to_level, reason, username
FROM place_risk
WHERE place_id = %(id)s
ORDER BY id DESC
LIMIT 500;
