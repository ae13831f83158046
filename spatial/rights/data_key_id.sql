-- Drawn first: a wrapped key vouches for its id.
SELECT nextval(pg_get_serial_sequence('data_key', 'id'));
