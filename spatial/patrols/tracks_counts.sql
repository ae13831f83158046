-- How many fixes of a mover there are in each of some spans, in their order.
SELECT (SELECT count(*) FROM fix AS f
        WHERE f.mover_id = %(mover)s AND f.time >= s.begin AND f.time < s.until)
FROM unnest(%(begins)s::timestamptz[], %(untils)s::timestamptz[]) WITH ORDINALITY AS s (begin, until, place)
ORDER BY s.place;
