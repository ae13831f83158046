SELECT id, ST_X(geom), ST_Y(geom), {key}, {columns}
FROM event
WHERE ({within}) {filters}
LIMIT %(most)s;
