-- Of those that the reader sees nobody is left.
SELECT x.nr FROM unnest(%(movers)s::bigint[]) WITH ORDINALITY AS x (id, nr)
WHERE NOT EXISTS (SELECT FROM mover AS m WHERE m.id = x.id)
ORDER BY x.nr
LIMIT 1;
