INSERT INTO fix_extra (mover_id, time, mark, attributes)
SELECT mover_id, 'epoch'::timestamptz + time_us * interval '1 microsecond', mark, attributes
FROM unnest(%(movers)s::bigint[], %(times)s::bigint[], %(marks)s::integer[], %(extras)s::jsonb[])
     AS e (mover_id, time_us, mark, attributes)
ON CONFLICT DO NOTHING;
