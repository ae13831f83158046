SELECT pg_try_advisory_lock(hashtextextended('citygrid.track_grader', 0));
