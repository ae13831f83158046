-- People who leave, and all of a unit that retires.
CREATE TEMPORARY TABLE leaving ON COMMIT DROP AS
SELECT p.*
FROM unit_person AS p
JOIN unnest(%(leaving_units)s::uuid[], %(leaving_workers)s::bigint[], %(leaving_roles)s::text[])
     AS l (unit_id, worker_id, role)
  ON l.unit_id = p.unit_id AND l.worker_id = p.worker_id AND l.role = p.role
WHERE upper_inf(p.sys) AND upper_inf(p.valid);

UPDATE unit_person AS p
SET sys = tstzrange(lower(p.sys), %(recorded)s)
FROM leaving AS l
WHERE p.id = l.id;

INSERT INTO unit_person (unit_id, worker_id, role, version_id, valid, sys)
SELECT unit_id, worker_id, role, version_id, tstzrange(lower(valid), %(valid_from)s), tstzrange(%(recorded)s, NULL)
FROM leaving
WHERE lower(valid) < %(valid_from)s;

DROP TABLE leaving;

INSERT INTO unit_person (unit_id, worker_id, role, version_id, valid, sys)
SELECT unit_id, worker_id, role, %(version)s, tstzrange(%(valid_from)s, NULL), tstzrange(%(recorded)s, NULL)
FROM unnest(%(joining_units)s::uuid[], %(joining_workers)s::bigint[], %(joining_roles)s::text[])
     AS j (unit_id, worker_id, role);
