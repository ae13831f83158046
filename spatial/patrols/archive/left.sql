SELECT pg_advisory_unlock(hashtextextended('citygrid.archive', 0));
