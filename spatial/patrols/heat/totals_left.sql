SELECT pg_advisory_unlock(hashtextextended('citygrid heat maker', 0));
