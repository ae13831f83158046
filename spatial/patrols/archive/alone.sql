SELECT pg_try_advisory_lock(hashtextextended('citygrid.archive', 0));
