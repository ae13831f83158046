-- For the rest of the transaction; false when somebody else grades a day of the same mover: what follows from two days
-- side by side (a patrol over midnight, a week of the heat map) is then never written by two at a time.
SELECT pg_try_advisory_xact_lock(hashtextextended('citygrid.track_mover ' || %(mover)s::bigint, 0));
