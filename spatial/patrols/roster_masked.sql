-- Which of some keys, counted from 0, are those of masked fixes that are there.
SELECT k.nr - 1
FROM unnest(%(movers)s::bigint[], %(times)s::bigint[], %(marks)s::integer[])
     WITH ORDINALITY AS k (mover_id, time_us, mark, nr)
JOIN fix AS f ON f.mover_id = k.mover_id AND f.time = 'epoch'::timestamptz + k.time_us * interval '1 microsecond'
                 AND f.mark = k.mark
WHERE f.gate = %(gate)s;
