-- Points by cell; the rows of a cell add up. What the reader may not see is kept back by the policy.
SELECT (sum(points))::bigint, (sum(lon) / sum(points) / 1e7)::double precision,
       (sum(lat) / sum(points) / 1e7)::double precision
FROM layer_count
WHERE source = %(source)s AND level = %(level)s AND x BETWEEN %(x0)s AND %(x1)s AND y BETWEEN %(y0)s AND %(y1)s
GROUP BY x, y
HAVING sum(points) > 0;
