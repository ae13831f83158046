SELECT pg_try_advisory_lock(hashtextextended('citygrid heat maker', 0));
