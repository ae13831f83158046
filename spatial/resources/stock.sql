SELECT DISTINCT ON (item) item, balance, at
FROM stock_movement
WHERE resource_id = %(id)s
ORDER BY item, seq DESC;
