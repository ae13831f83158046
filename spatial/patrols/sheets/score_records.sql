SELECT mover_id, count(*)::int FROM patrol_record
WHERE mover_id = ANY (%(movers)s) AND at >= %(since)s AND at < %(until)s
GROUP BY mover_id;
