-- Those of some movers whose tracks the reader may see at this moment.
SELECT m.id
FROM mover AS m
WHERE m.id = ANY (%(movers)s::bigint[]) AND (%(watches)s OR m.worker_id = %(worker)s::bigint);
