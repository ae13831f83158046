-- One process of the city hands events over at a time: the lock goes with the connection.
SELECT pg_try_advisory_lock(hashtextextended('citygrid offices', 0));
