-- How many devices of a protocol wait that nobody has written down beforehand.
SELECT count(*) FROM device WHERE state = 'waiting' AND protocol = %(protocol)s AND attributes -> 'expected' IS NULL;
