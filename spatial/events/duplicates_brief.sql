SELECT e.id, e.no, e.title, e.state, e.category, m.name AS category_name, e.address, e.occurred_at,
       ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat
FROM event AS e
JOIN matter AS m ON m.code = e.category
WHERE e.id = ANY (%(ids)s::bigint[]);
