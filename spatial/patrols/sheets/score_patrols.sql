-- Patrols that were over in a span, of movers whose results the reader may see.
SELECT m.mover_id, r.word, r.reason, r.ratio, r.probability
FROM patrol_due AS d
JOIN patrol_result AS r ON r.due_id = d.id
CROSS JOIN LATERAL unnest(d.movers) AS m (mover_id)
WHERE d.closed_at IS NOT NULL AND d.ends_at >= %(since)s AND d.ends_at < %(until)s
      AND m.mover_id = ANY (%(movers)s);
