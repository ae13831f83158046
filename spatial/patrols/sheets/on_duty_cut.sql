-- Rows whose figures no day's sums hold.
SELECT s.*, {key} AS key FROM ({sheet}) AS s WHERE s.spans_from IS NOT NULL ORDER BY s.mover_id, s.day;
