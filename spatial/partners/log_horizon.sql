-- The end of what is settled: below the oldest transaction that still runs, nothing will appear any more.
SELECT max(life), pg_snapshot_xmin(pg_current_snapshot())::text FROM log_life;
