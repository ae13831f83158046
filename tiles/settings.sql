-- For what reads few rows of a small box: a parallel worker takes longer to start than such a tile to make, and a bitmap
-- over all that a reader may see (a district's million events, for want of an estimate) longer than the box has rows.
SELECT set_config('max_parallel_workers_per_gather', '0', true), set_config('enable_bitmapscan', 'off', true);
