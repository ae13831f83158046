-- In the order of their numbers, so that two processes never wait in a circle.
SELECT pg_advisory_xact_lock(hashtextextended('citygrid.sign', m.id))
FROM (SELECT unnest(%(movers)s::bigint[]) AS id) AS m;
