-- Figures by bucket and key; what the reader may not see is kept back by the policies of what the cells are of.
SELECT {starts} AS starts, {key} AS key, {sums}
FROM ({cells}) AS c {matter}
GROUP BY 1, 2
HAVING {any}
ORDER BY 1, 2
LIMIT %(most)s;
