-- One process of the city asks other cities' servers at a time: the lock goes with the connection.
SELECT pg_try_advisory_lock(hashtextextended('citygrid adapters', 0));
