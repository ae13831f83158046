-- Whoever changes a day takes it shared, in the trigger.
SELECT pg_advisory_xact_lock(hashtextextended('citygrid heat totals', 0));
