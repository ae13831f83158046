-- Whoever changes a day waits for whoever adds days up, and the other way round; nobody else does. The second lock is
-- the one that the trigger takes: had here, it is never waited for with rows in hand.
SELECT pg_advisory_xact_lock_shared(hashtextextended('citygrid heat', 0)),
       pg_advisory_xact_lock_shared(hashtextextended('citygrid heat totals', 0));
