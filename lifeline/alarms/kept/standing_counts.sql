SELECT state, level, is_technical, count(*) AS alarms FROM alarm WHERE closed_at IS NULL GROUP BY 1, 2, 3 ORDER BY 2, 1, 3;
