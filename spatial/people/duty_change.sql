UPDATE duty
SET coverage = %(coverage)s, unit_code = %(unit_code)s, category = %(category)s,
    organisation_id = %(organisation_id)s, worker_id = %(worker_id)s, rank = %(rank)s, anybody = %(anybody)s,
    skills = %(skills)s, hours = %(hours)s, valid = tstzrange(%(valid_from)s, %(valid_until)s),
    area = ST_SetSRID(ST_GeomFromWKB(%(area)s::bytea), 4326), basis = %(basis)s
WHERE id = %(id)s AND (%(edition)s::integer IS NULL OR edition = %(edition)s);
