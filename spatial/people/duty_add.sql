INSERT INTO duty (coverage, unit_code, category, organisation_id, worker_id, rank, anybody, skills, hours, valid,
                  area, basis, dispute_id)
VALUES (%(coverage)s, %(unit_code)s, %(category)s, %(organisation_id)s, %(worker_id)s, %(rank)s, %(anybody)s,
        %(skills)s, %(hours)s, tstzrange(%(valid_from)s, %(valid_until)s),
        ST_SetSRID(ST_GeomFromWKB(%(area)s::bytea), 4326), %(basis)s, %(dispute_id)s)
RETURNING id;
