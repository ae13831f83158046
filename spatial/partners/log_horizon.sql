-- The end of what is settled: below the oldest transaction that still runs here, nothing will appear any more.
SELECT max(life), log_horizon()::text FROM log_life;
