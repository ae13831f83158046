INSERT INTO coverage_version (coverage, valid_from, note)
VALUES (%(coverage)s, %(valid_from)s, %(note)s)
RETURNING id, clock_timestamp();
