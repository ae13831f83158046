SELECT id, kind, text, lon, lat, unit_id, username, at
FROM plan_comment
WHERE plan_id = %(id)s
ORDER BY id
LIMIT 1000;
