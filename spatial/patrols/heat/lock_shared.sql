-- Whoever changes a day waits for whoever adds days up, and the other way round; nobody else does.
SELECT pg_advisory_xact_lock_shared(hashtextextended('citygrid heat', 0));
