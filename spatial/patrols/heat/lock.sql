SELECT pg_advisory_xact_lock(hashtextextended('citygrid heat', 0));
