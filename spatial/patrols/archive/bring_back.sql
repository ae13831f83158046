INSERT INTO fix
SELECT g.* FROM {gone} AS g
WHERE NOT EXISTS (SELECT FROM fix_known AS k WHERE k.mover_id = g.mover_id AND k.time = g.time AND k.mark = g.mark)
ON CONFLICT DO NOTHING;
