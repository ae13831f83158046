-- Since when steps wait that are committed, while a transaction from before them still runs.
SELECT min(at)
FROM (
    SELECT at
    FROM event_step
    WHERE (life, txid) >= ((SELECT max(life) FROM log_life), log_horizon())
    ORDER BY life, txid
    LIMIT 100
) AS waiting;
