SELECT pg_try_advisory_lock(hashtextextended('citygrid.archive_questions', 0));
