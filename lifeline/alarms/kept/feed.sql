-- Locked: a second process that has not noticed that it is one passes them over.
SELECT id, datastream_id, at, arrived_at, value FROM alarm_feed ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED;
