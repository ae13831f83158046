INSERT INTO coverage_version (coverage, valid_from, note, plan_id)
VALUES (%(coverage)s, %(valid_from)s, %(note)s, %(plan_id)s)
RETURNING id, clock_timestamp();
