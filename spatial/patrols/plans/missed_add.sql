INSERT INTO patrol_missed (due_id, target_id, word, geom)
SELECT %(due_id)s, m.target_id, m.word, ST_GeomFromWKB(m.geom, 4326)
FROM unnest(%(targets)s::bigint[], %(words)s::text[], %(geoms)s::bytea[]) AS m (target_id, word, geom);
